import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PostgresConfig } from '../config.ts';
import type { LocalConfig } from '../localConfig.ts';
import { startFault } from '../startFault.ts';
import { MIN_TO_GO_ON_MB, refuseFullDisk } from './disk.ts';
import { freePort } from './ports.ts';
import type { Progress } from './progress.ts';
import { serverFolders } from './removeData.ts';
import { removeAbandoned } from './servers/cachedFolder.ts';
import { KAFKA_LOG, startKafka } from './servers/kafka.ts';
import { KAFKA_VERSION, kafkaJars } from './servers/kafkaJars.ts';
import { keepRunning } from './servers/keepRunning.ts';
import { POSTGRES_LOG, startPostgres } from './servers/postgres.ts';
import { waitForPreviousServer } from './servers/previousServer.ts';
import { provideJava } from './servers/provideJava.ts';
import type { Supervisor } from './servers/supervised.ts';

/** In the project, independent of the data folder, so that one download serves all data folders. */
const CACHE = resolve(import.meta.dirname, '../../.poleparty');

/** Starts the embedded PostgreSQL, and restarts it if it dies. */
export async function embedPostgres(
  { dataFolder }: LocalConfig,
  { port, user, password, database }: PostgresConfig,
  { step, say }: Progress,
  supervisor: Supervisor,
): Promise<void> {
  const folder = join(dataFolder, serverFolders.postgres);
  await mkdir(folder, { recursive: true });
  const start = async () => {
    await refuseFullDisk(dataFolder, MIN_TO_GO_ON_MB);
    return startPostgres({ supervisor, folder, port, user, password: password ?? '', database });
  };
  await step(`PostgreSQL on 127.0.0.1:${port}`, () => keepRunning('PostgreSQL', start, supervisor, say));
}

/** Starts the embedded Kafka, and restarts it if it dies. */
export async function embedKafka(
  { dataFolder, kafkaPort: port }: LocalConfig,
  { step, say }: Progress,
  supervisor: Supervisor,
): Promise<void> {
  const folder = join(dataFolder, serverFolders.kafka);
  await mkdir(folder, { recursive: true });
  const { java, jars } = await provideKafkaTools(CACHE, { supervisor, say });
  const start = async () => {
    await refuseFullDisk(dataFolder, MIN_TO_GO_ON_MB);
    return startKafka({ supervisor, folder, port, controllerPort: await freePort(), java, jars });
  };
  await step(`Kafka on 127.0.0.1:${port}`, () => keepRunning('Kafka', start, supervisor, say));
}

/** Returns Java and Kafka's jars from a cache, which it fills.
 * @throws StartError that says what helps, as DATA_FOLDER does not move the cache */
export async function provideKafkaTools(
  cache: string,
  { supervisor, say }: { supervisor: Supervisor; say: Progress['say'] },
): Promise<{ java: string; jars: string }> {
  await removeAbandoned(cache);
  const onDownload = () =>
    say(`          Downloading Kafka ${KAFKA_VERSION} into ${cache} (44 MB, first start only).`);
  try {
    const [java, jars] = await Promise.all([
      provideJava(cache, { supervisor, say }),
      kafkaJars(cache, { supervisor, onDownload }),
    ]);
    return { java, jars };
  } catch (error) {
    throw startFault(error, cache, 'set KAFKA_BROKERS to use your own brokers');
  }
}

/** Waits until the servers of a killed start have shut down. */
export async function endOfLastServers(dataFolder: string): Promise<void> {
  await waitForPreviousServer(join(dataFolder, serverFolders.postgres, POSTGRES_LOG));
  await waitForPreviousServer(join(dataFolder, serverFolders.kafka, KAFKA_LOG));
}
