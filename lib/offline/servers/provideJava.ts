import { existsSync } from 'node:fs';
import { glob, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, StartError } from '../../errors.ts';
import { cachedFolder } from './cachedFolder.ts';
import { findJava, MIN_JAVA, runsKafka } from './java.ts';
import { JAVA_SOURCES, type JavaSource } from './javaSources.ts';

const FOLDER = 'java';

/**
 * The `java` to start Kafka with: one of the user's, else a runtime in `cache`, which is fetched if it is not there.
 *
 * @param say gets a line for the user about what is fetched
 * @throws StartError when there is none to be had
 */
export async function provideJava(
  cache: string,
  { say = () => {}, sources = JAVA_SOURCES }: { say?: (line: string) => void; sources?: JavaSource[] } = {},
): Promise<string> {
  const own = await findJava();
  if (own !== undefined) return own;
  const folder = join(cache, FOLDER);
  if (existsSync(folder)) {
    const kept = await javaIn(folder);
    if (kept !== undefined) return kept;
    await rm(folder, { recursive: true });
  }
  const reasons: string[] = [];
  for (const source of sources) {
    say(fetchingLine(source, cache, reasons));
    const java = await fetchFrom(source, cache).catch((error: Error) => {
      reasons.push(messageOf(`${source.name}: ${error.message.split('\n').at(-1)}`));
    });
    if (java !== undefined) return java;
  }
  throw new StartError(
    `Kafka needs Java ${MIN_JAVA}. There is none, and none could be fetched. Install Java ${MIN_JAVA} or later, ` +
      `see to the network, or set KAFKA_BROKERS to brokers of yours.\n${reasons.join('\n')}`,
  );
}

function fetchingLine({ name, megabytes }: JavaSource, cache: string, reasons: string[]): string {
  const why = reasons.at(-1) ?? `There is no Java ${MIN_JAVA} here.`;
  return `          ${why} This once, ${name} is fetched into ${cache} (${megabytes} MB); JAVA_HOME names one of yours.`;
}

async function fetchFrom(source: JavaSource, cache: string): Promise<string | undefined> {
  const folder = await cachedFolder(cache, FOLDER, async (unfinished) => {
    await source.fetch(unfinished);
    if (await javaIn(unfinished)) return;
    throw new Error('What was fetched does not run here.');
  });
  return javaIn(folder);
}

/** Each source has a layout of its own. */
async function javaIn(folder: string): Promise<string | undefined> {
  for await (const found of glob('**/bin/java', { cwd: folder })) {
    const java = join(folder, found);
    if (await runsKafka(java)) return java;
  }
  return undefined;
}
