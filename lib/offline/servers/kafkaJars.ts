import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../../errors.ts';
import { CommandError, runGuarded } from './guarded.ts';

export const KAFKA_VERSION = '4.4.0';

/** What a shell answers when there is no such command. */
const NOT_FOUND = 127;

/**
 * The folder with Kafka's jars in `cache`, some 45 and 43 MB; Maven downloads them if they are not there.
 *
 * Made beside and renamed, so that it is complete or absent, and several processes may ask at once.
 *
 * @throws StartError when there is no Maven, or it cannot download them
 */
export async function kafkaJars(
  cache: string,
  { version = KAFKA_VERSION, onDownload = () => {} } = {},
): Promise<string> {
  const jars = join(cache, `kafka-${version}`);
  if (existsSync(jars)) return jars;
  onDownload();
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${jars}-`);
  try {
    await download(unfinished, version);
    await rename(join(unfinished, 'jars'), jars).catch((error) => {
      if (!existsSync(jars)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return jars;
}

async function download(folder: string, version: string): Promise<void> {
  const pom = join(import.meta.dirname, 'pom.xml');
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'jars')}`];
  const args = ['-q', '-B', '--strict-checksums', '-f', pom, `-Dkafka.version=${version}`, ...goal];
  const logFile = join(folder, 'maven.log');
  await runGuarded({ command: 'mvn', args, stopSteps: 'TERM:5 KILL:1', logFile }).catch((cause) => {
    throw new StartError(downloadFailure(cause), { cause });
  });
}

function downloadFailure(error: unknown): string {
  if (error instanceof CommandError && error.code === NOT_FOUND) {
    return 'Kafka is fetched by Maven, and there is no mvn. Install Maven, or set KAFKA_BROKERS to brokers of yours.';
  }
  const said = error instanceof Error ? error.message : String(error);
  return `Maven could not fetch Kafka. See to the network, or to a mirror in ~/.m2/settings.xml. It said:\n${said}`;
}
