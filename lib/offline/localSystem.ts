import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type KafkaConfig,
  kafkaConfig,
  type LocalConfig,
  type PostgresConfig,
  postgresConfig,
  tokenIssuer,
} from '../config.ts';
import { claimFolder } from './claimFolder.ts';
import { refuseFullDisk } from './disk.ts';
import { emulatorId } from './emulatorId.ts';
import { localEnvironment } from './localEnvironment.ts';
import { localPorts } from './localPorts.ts';
import { embedKafka, embedPostgres, endOfLastServers } from './localServers.ts';
import { refuseTakenPorts } from './ports.ts';
import {
  awaitPostgres,
  noteCluster,
  prepareSchema,
  prepareTopics,
  refuseOtherMembers,
} from './prepareServers.ts';
import type { Progress } from './progress.ts';
import { removeData } from './removeData.ts';
import { localSecrets } from './secrets.ts';

export interface Start {
  config: LocalConfig;
  /** Where the emulator will listen. */
  host: string;
  /** In which the functions' records are consumed. */
  consumerGroups: string[];
  /** Deletes what the embedded servers hold before they start. */
  fresh: boolean;
  progress: Progress;
}

/**
 * Brings up what the functions need: the servers, the schema, the topics, and the environment.
 *
 * @throws StartError when that is not possible; what has been started then still runs
 */
export async function startLocalSystem(start: Start): Promise<void> {
  const { host, fresh, progress } = start;
  // A process is known by the folder in its command line, and other projects' have relative ones of the same name.
  const config = { ...start.config, dataFolder: resolve(start.config.dataFolder) };
  tokenIssuer(); // A function would say what is missing only at the first vote.
  await mkdir(config.dataFolder, { recursive: true });
  claimFolder(config.dataFolder);
  await refuseFullDisk(config.dataFolder);
  await endOfLastServers(config.dataFolder);
  await refuseTakenPorts(localPorts(config, postgresConfig().port, host));
  if (fresh) await removeData(config.dataFolder);
  Object.assign(process.env, localEnvironment(config, await localSecrets(config.dataFolder), process.env));

  const database = postgresConfig();
  const providePostgres = async () => {
    if (config.embedsPostgres) await embedPostgres(config, database, progress);
    await awaitPostgres(database);
  };
  await Promise.all([providePostgres(), config.embedsKafka && embedKafka(config, progress)]);
  await prepareServers(database, kafkaConfig(), { ...start, config });
}

/** One after the other, so that a start that is refused has made nothing. */
async function prepareServers(
  database: PostgresConfig,
  kafka: KafkaConfig,
  { config, consumerGroups, progress: { step, say } }: Start,
): Promise<void> {
  await refuseOtherMembers(kafka, consumerGroups, await emulatorId(config.dataFolder));
  await step('schema migrated', () => prepareSchema(database, kafka.topicPrefix));
  const clusterId = await step('topics created', () => prepareTopics(kafka));
  await noteCluster(database, clusterId, say);
}
