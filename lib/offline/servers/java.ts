import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The least that Kafka 4's broker runs on. */
export const MIN_JAVA = 17;

/** 256 MB of heap serve a broker of some topics; the first JIT stage alone halves the time to start. */
export const JVM_FLAGS = [
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

/** Java finds files by the letters of the locale, and has none but ASCII's in that of `LANG=C`. */
export const JVM_LOCALE: Record<string, string> = process.platform === 'linux' ? { LC_ALL: 'C.UTF-8' } : {};

/** The `java` of the user to start Kafka with: that of JAVA_HOME, else the one on the path; undefined when neither
 * is new enough. */
export async function findJava(home = process.env['JAVA_HOME']): Promise<string | undefined> {
  for (const java of [...(home ? [join(home, 'bin', 'java')] : []), 'java']) {
    if (await runsKafka(java)) return java;
  }
  return undefined;
}

export async function runsKafka(java: string): Promise<boolean> {
  // Without one, macOS has a `java` that says how to get one.
  const { stderr } = await run(java, ['-version']).catch(() => ({ stderr: '' }));
  return (javaVersion(stderr) ?? 0) >= MIN_JAVA;
}

/** The feature release in what `java -version` prints: 17 of `"17.0.15"`, 8 of `"1.8.0_402"`, 26 of `"26-ea"`. */
export function javaVersion(printed: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
  if (first === undefined) return undefined;
  return Number(first === '1' && second !== undefined ? second : first);
}
