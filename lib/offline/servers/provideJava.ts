import { existsSync } from 'node:fs';
import { glob, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, StartError } from '../../errors.ts';
import { cachedFolder } from './cachedFolder.ts';
import { findJava, MIN_JAVA, runsKafka } from './java.ts';
import { JAVA_SOURCES, type JavaSource } from './javaSources.ts';
import { isSealed, seal } from './seal.ts';
import { createSupervisor, type Supervisor } from './supervised.ts';

const FOLDER = 'java';

interface Options {
  /** Stops downloads; by default only the end of this process does. */
  supervisor?: Supervisor;
  say?: (line: string) => void;
  sources?: JavaSource[];
}

/**
 * Returns the `java` to run Kafka with: an installed one, else a runtime in `cache`. It is downloaded if it is missing or
 * damaged.
 *
 * @param say prints a line for the user about each download
 * @throws StartError if every source fails
 */
export async function provideJava(
  cache: string,
  { supervisor = createSupervisor(), say = () => {}, sources = JAVA_SOURCES }: Options = {},
): Promise<string> {
  const own = await findJava();
  if (own !== undefined) return own;
  const folder = join(cache, FOLDER);
  const reasons: string[] = [];
  if (existsSync(folder)) {
    const kept = (await isSealed(folder)) ? await javaIn(folder) : undefined;
    if (kept !== undefined) return kept;
    reasons.push(`The Java in ${folder} is damaged.`);
    await rm(folder, { recursive: true });
  }
  for (const source of sources) {
    say(fetchingLine(source, cache, reasons));
    const java = await fetchFrom(source, cache, supervisor).catch((error: Error) => {
      reasons.push(messageOf(`${source.name}: ${error.message.split('\n').at(-1)}`));
    });
    if (java !== undefined) return java;
  }
  throw new StartError(
    `Kafka needs Java ${MIN_JAVA} or later, which is not installed and could not be downloaded. Install Java ` +
      `${MIN_JAVA}, check the network, or set KAFKA_BROKERS to use your own brokers.\n${reasons.join('\n')}`,
  );
}

function fetchingLine({ name, megabytes }: JavaSource, cache: string, reasons: string[]): string {
  const why = reasons.at(-1) ?? `Java ${MIN_JAVA} was not found.`;
  return `          ${why} Downloading ${name} into ${cache} (${megabytes} MB, first start only). To use your own, set JAVA_HOME.`;
}

async function fetchFrom(
  source: JavaSource,
  cache: string,
  supervisor: Supervisor,
): Promise<string | undefined> {
  const folder = await cachedFolder(cache, FOLDER, async (unfinished) => {
    await source.fetch(unfinished, supervisor);
    if (!(await javaIn(unfinished))) throw new Error('The downloaded Java does not run on this machine.');
    await seal(unfinished);
  });
  return javaIn(folder);
}

/** Searches, because each source has its own folder layout. */
async function javaIn(folder: string): Promise<string | undefined> {
  for await (const found of glob('**/bin/java', { cwd: folder })) {
    const java = join(folder, found);
    if (await runsKafka(java)) return java;
  }
  return undefined;
}
