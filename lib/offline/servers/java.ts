import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Required by the broker of Kafka 4. */
export const MIN_JAVA = 17;

/** 256 MB of heap are enough for a few topics. Using only the first JIT stage halves the start time. */
export const JVM_FLAGS = [
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

/** With `LANG=C`, Java cannot open files whose names are not ASCII. */
export const JVM_LOCALE: Record<string, string> = process.platform === 'linux' ? { LC_ALL: 'C.UTF-8' } : {};

/** Finds an installed `java`: that of JAVA_HOME, else the one on the path; undefined if neither is new enough. */
export async function findJava(home = process.env['JAVA_HOME']): Promise<string | undefined> {
  for (const java of [...(home ? [join(home, 'bin', 'java')] : []), 'java']) {
    if (await runsKafka(java)) return java;
  }
  return undefined;
}

export async function runsKafka(java: string): Promise<boolean> {
  // macOS without Java has a `java` that prints how to install it.
  const { stderr } = await run(java, ['-version']).catch(() => ({ stderr: '' }));
  return (javaVersion(stderr) ?? 0) >= MIN_JAVA;
}

/** Parses the feature release from `java -version`: 17 for `"17.0.15"`, 8 for `"1.8.0_402"`, 26 for `"26-ea"`. */
export function javaVersion(printed: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
  if (first === undefined) return undefined;
  return Number(first === '1' && second !== undefined ? second : first);
}
