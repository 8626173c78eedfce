import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hostAndPort } from '../addresses.ts';
import {
  createAuth,
  creationsPerMinute,
  type KafkaConfig,
  kafkaConfig,
  type PostgresConfig,
  postBudget,
  postgresConfig,
  publicUrl,
  realtimeConfig,
  retainDays,
  signingKeys,
  tokenIssuer,
  voterSecret,
  votesPerMinute,
  webhookTargets,
} from '../config.ts';
import { commandKafkaConfig, type LocalConfig } from '../localConfig.ts';
import { localSecrets, type Secrets } from '../operators/localSecrets.ts';
import { type Claim, claimGroups } from './claimGroups.ts';
import { refuseFullDisk } from './disk.ts';
import { emulatorId } from './emulator/configureEmulator.ts';
import { ownHost } from './lan.ts';
import { embedKafka, embedPostgres, endOfLastServers } from './localServers.ts';
import { lockDataFolder } from './lockDataFolder.ts';
import { refuseOtherMembers } from './otherMembers.ts';
import { localPorts, refuseTakenPorts } from './ports.ts';
import {
  noteCluster,
  prepareSchema,
  prepareTopics,
  requireKafka,
  requirePostgres,
} from './prepareServers.ts';
import type { Progress } from './progress.ts';
import { removeData } from './removeData.ts';
import type { Supervisor } from './servers/supervised.ts';

export interface Start {
  config: LocalConfig;
  /** The host that the emulator listens on. */
  host: string;
  /** The consumer groups of the functions. */
  consumerGroups: string[];
  /** Deletes the data of the embedded servers before they start. */
  fresh: boolean;
  progress: Progress;
  /** Stops the embedded servers. */
  supervisor: Supervisor;
}

/**
 * Provides what the functions need: the servers, the schema, the topics, and the environment.
 *
 * @returns the right to consume; to be handed over when the consumers start
 * @throws StartError if that fails; servers that have already started keep running
 */
export async function startLocalSystem(start: Start): Promise<Claim> {
  const { host, fresh, progress, supervisor } = start;
  // Processes are recognized by the folder in their command line, and a relative path would match other projects.
  const config = { ...start.config, dataFolder: resolve(start.config.dataFolder) };
  checkVariables();
  await mkdir(config.dataFolder, { recursive: true });
  lockDataFolder(config.dataFolder);
  await refuseFullDisk(config.dataFolder);
  await endOfLastServers(config.dataFolder);
  await refuseTakenPorts(localPorts(config, postgresConfig().port, host));
  if (fresh) await removeData(config.dataFolder);
  Object.assign(
    process.env,
    localEnvironment(config, await localSecrets(config.dataFolder), process.env, ownHost(host)),
  );

  const database = postgresConfig();
  const providePostgres = async () => {
    if (config.embedsPostgres) await embedPostgres(config, database, progress, supervisor);
    await requirePostgres(database);
  };
  const kafka = kafkaConfig();
  const provideKafka = async () => {
    if (config.embedsKafka) await embedKafka(config, progress, supervisor);
    await requireKafka(kafka);
  };
  await Promise.all([providePostgres(), provideKafka()]);
  return prepareServers(database, kafka, { ...start, config });
}

/** Checks the variables now; the functions would report a wrong one at the first vote only.
 * @throws ConfigError */
export function checkVariables(env: Env = process.env): void {
  for (const read of [tokenIssuer, createAuth, votesPerMinute, creationsPerMinute, retainDays]) read(env);
  for (const read of [realtimeConfig, postBudget, publicUrl, webhookTargets]) read(env);
  commandKafkaConfig(env);
  if (env['SIGNING_KEYS']) signingKeys(env);
  if (env['VOTER_SECRET']) voterSecret(env);
}

/** Runs in sequence, so a start that finds another system has created nothing. */
async function prepareServers(
  database: PostgresConfig,
  kafka: KafkaConfig,
  { config, consumerGroups, progress: { step, say } }: Start,
): Promise<Claim> {
  const own = await emulatorId(config.dataFolder);
  await refuseOtherMembers(kafka, consumerGroups, own);
  await step('schema migrated', () => prepareSchema(database, kafka.topicPrefix));
  const clusterId = await step('topics created', () => prepareTopics(kafka));
  const claim = await claimGroups(kafka, consumerGroups, own);
  await noteCluster(database, clusterId, say);
  return claim;
}

type Env = Record<string, string | undefined>;

/** Connections of each function. A dozen functions can be active, and PostgreSQL allows 100 connections in total.
 * Counting on 2 cores is as fast with 2, and slower with 10. */
const POOL_SIZE = 4;

/**
 * Returns the variables to set for the functions. Variables that the user has set are left out.
 *
 * @param host at which the emulator is reached
 */
export function localEnvironment(
  config: LocalConfig,
  secrets: Secrets,
  env: Env,
  host = 'localhost',
): Record<string, string> {
  const defaults = {
    NODE_ENV: 'development',
    POSTGRES_POOL_SIZE: `${POOL_SIZE}`,
    ...(env['PUBLIC_URL'] ? {} : { FOLLOW_URL: `http://${hostAndPort(host, config.httpPort)}` }),
    WEBSOCKET_ENDPOINT: `http://${hostAndPort(host, config.websocketPort)}`,
    // The emulator checks no signatures, but signing a post requires credentials.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...secrets,
    ...(config.embedsPostgres ? { POSTGRES_HOST: '127.0.0.1' } : {}),
    ...(config.embedsKafka ? { KAFKA_BROKERS: `127.0.0.1:${config.kafkaPort}`, KAFKA_REPLICATION: '1' } : {}),
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !env[name]));
}
