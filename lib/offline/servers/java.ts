import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../../errors.ts';

const run = promisify(execFile);

/** The least that Kafka 4's broker runs on. */
const LEAST_JAVA = 17;

/** 256 MB of heap serve a broker of some topics; the first JIT stage alone halves the time to start. */
export const JVM_FLAGS = [
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

const INSTALL = `Install Java ${LEAST_JAVA} or later, or set KAFKA_BROKERS to brokers of yours.`;

/**
 * The `java` to start Kafka with: that of JAVA_HOME, else the one on the path.
 *
 * @throws StartError when there is none, or one that is too old
 */
export async function findJava(home = process.env['JAVA_HOME']): Promise<string> {
  const java = home ? join(home, 'bin', 'java') : 'java';
  const { stderr } = await run(java, ['-version']).catch((cause) => {
    throw new StartError(`Kafka needs Java, and there is none (${java}). ${INSTALL}`, { cause });
  });
  const version = javaVersion(stderr);
  if (version !== undefined && version >= LEAST_JAVA) return java;
  throw new StartError(
    `Kafka needs Java ${LEAST_JAVA}, and ${java} is ${version ?? 'of no known version'}. ${INSTALL}`,
  );
}

/** The feature release in what `java -version` prints: 17 of `"17.0.15"`, 8 of `"1.8.0_402"`, 26 of `"26-ea"`. */
export function javaVersion(printed: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
  if (first === undefined) return undefined;
  return Number(first === '1' && second !== undefined ? second : first);
}
