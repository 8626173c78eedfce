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
import { refuseFullDisk } from './disk.ts';
import { emulatorId } from './emulator.ts';
import { embedKafka, embedPostgres, endOfLastServers } from './localServers.ts';
import { lockDataFolder } from './lockDataFolder.ts';
import { localPorts, refuseTakenPorts } from './ports.ts';
import {
  awaitPostgres,
  noteCluster,
  prepareSchema,
  prepareTopics,
  refuseOtherMembers,
} from './prepareServers.ts';
import type { Progress } from './progress.ts';
import { removeData } from './removeData.ts';
import { localSecrets, type Secrets } from './secrets.ts';

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
  lockDataFolder(config.dataFolder);
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

type Env = Record<string, string | undefined>;

/** For each function, of which a dozen may be at work: PostgreSQL takes 100 connections in all. Counting on
 * 2 cores is as fast with 2, and slower with 10. */
const POOL_SIZE = 4;

/**
 * What the functions are told locally. What the user has set stays.
 *
 * @returns the variables to set
 */
export function localEnvironment(config: LocalConfig, secrets: Secrets, env: Env): Record<string, string> {
  const defaults = {
    NODE_ENV: 'development',
    POSTGRES_POOL_SIZE: `${POOL_SIZE}`,
    WEBSOCKET_ENDPOINT: `http://localhost:${config.websocketPort}`,
    // The emulator checks no signature, but posts are signed as on AWS.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...secrets,
    ...(config.embedsPostgres ? { POSTGRES_HOST: '127.0.0.1' } : {}),
    ...(config.embedsKafka ? { KAFKA_BROKERS: `127.0.0.1:${config.kafkaPort}`, KAFKA_REPLICATION: '1' } : {}),
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !env[name]));
}
