import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, StartError } from '../../errors.ts';
import { cachedFolder } from './cachedFolder.ts';
import { fetchJars } from './fetchJars.ts';
import { CommandError, createSupervisor, NOT_FOUND, type Supervisor } from './supervised.ts';

export const KAFKA_VERSION = '4.4.0';

const LIST = join(import.meta.dirname, `kafka-${KAFKA_VERSION}.sha256`);

interface Options {
  /** Stops downloads; by default only the end of this process does. */
  supervisor?: Supervisor;
  list?: string;
  repository?: string;
  onDownload?: () => void;
}

/**
 * Returns the folder with Kafka's jars in `cache`, some 45 and 44 MB. Downloads them if any is missing or damaged.
 *
 * @throws StartError if the download fails
 */
export async function kafkaJars(
  cache: string,
  { supervisor = createSupervisor(), list = LIST, repository, onDownload = () => {} }: Options = {},
): Promise<string> {
  const name = basename(list, '.sha256');
  const jars = await readJarList(list);
  const folder = join(cache, name);
  if (existsSync(folder)) {
    if (await areIntact(jars, folder)) return folder;
    await rm(folder, { recursive: true, force: true });
  }
  onDownload();
  return cachedFolder(cache, name, (unfinished) => download(supervisor, jars, name, unfinished, repository));
}

async function download(
  supervisor: Supervisor,
  jars: Jar[],
  name: string,
  folder: string,
  repository?: string,
): Promise<void> {
  try {
    await fetchJars(jars, folder, repository);
  } catch (error) {
    const remedy = await askMaven(supervisor, jars, name, folder);
    if (remedy === undefined) return;
    throw new StartError(
      `Kafka could not be downloaded: ${messageOf(error)} Check the network, and HTTPS_PROXY if you are behind a ` +
        `proxy, or set KAFKA_BROKERS to use your own brokers. ${remedy}`,
      { cause: error },
    );
  }
}

/**
 * Downloads with Maven, which may be configured with the only mirror that is reachable.
 *
 * @returns advice about Maven if that fails, undefined if it succeeds
 */
async function askMaven(
  supervisor: Supervisor,
  jars: Jar[],
  name: string,
  folder: string,
): Promise<string | undefined> {
  const pom = join(import.meta.dirname, 'pom.xml');
  const version = `-Dkafka.version=${name.replace('kafka-', '')}`;
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const args = ['-q', '-B', '--strict-checksums', '-f', pom, version, ...goal];
  const logFile = join(folder, 'maven.log');
  try {
    await supervisor.run({ command: 'mvn', args, stopSteps: 'TERM:5 KILL:1', logFile });
  } catch (error) {
    if (error instanceof CommandError && error.code === NOT_FOUND) {
      return 'If only a mirror is reachable, install Maven and configure the mirror in ~/.m2/settings.xml.';
    }
    const said = error instanceof Error ? error.message : String(error);
    return `Maven failed too; check the mirror in ~/.m2/settings.xml. Its output:\n${said}`;
  } finally {
    await rm(logFile, { force: true });
  }
  return (await areIntact(jars, folder)) ? undefined : 'The jars that Maven downloaded have wrong checksums.';
}

export interface Jar {
  groupId: string;
  artifactId: string;
  version: string;
  /** Its name in the flat folder, for a class path of `folder/*`. */
  file: string;
  sha256: string;
}

/** Reads a list with lines of `{sha256}  {groupId}:{artifactId}:{version}` and `#` comments. */
async function readJarList(list: string): Promise<Jar[]> {
  const lines = (await readFile(list, 'utf8')).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(readLine);
}

function readLine(line: string): Jar {
  const [sha256 = '', coordinates = ''] = line.split('  ');
  const [groupId = '', artifactId = '', version = ''] = coordinates.split(':');
  return { groupId, artifactId, version, sha256, file: `${artifactId}-${version}.jar` };
}

export function isIntact(jar: Jar, bytes: Uint8Array): boolean {
  return hash('sha256', bytes) === jar.sha256;
}

/** Returns whether the folder contains every jar of the list, undamaged. Takes 0.1 s for Kafka's 44 MB. */
async function areIntact(jars: Jar[], folder: string): Promise<boolean> {
  const intact = jars.map(async (jar) => isIntact(jar, await readFile(join(folder, jar.file))));
  return (await Promise.all(intact).catch(() => [false])).every(Boolean);
}
