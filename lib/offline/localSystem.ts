import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { kafkaConfig, type LocalConfig, postgresConfig, tokenIssuer } from '../config.ts';
import { claimFolder } from './claimFolder.ts';
import { refuseFullDisk } from './disk.ts';
import { localEnvironment } from './localEnvironment.ts';
import { localPorts } from './localPorts.ts';
import { embedKafka, embedPostgres, endOfLastServers } from './localServers.ts';
import { refuseTakenPorts } from './ports.ts';
import { prepareSchema, prepareTopics } from './prepareServers.ts';
import type { Progress } from './progress.ts';
import { removeData } from './removeData.ts';
import { localSecrets } from './secrets.ts';

export interface Start {
  config: LocalConfig;
  /** Where the emulator will listen. */
  host: string;
  /** Deletes what the embedded servers hold before they start. */
  fresh: boolean;
  progress: Progress;
}

/**
 * Brings up what the functions need: the servers, the schema, the topics, and the environment.
 *
 * @throws StartError when that is not possible; what has been started then still runs
 */
export async function startLocalSystem({ host, fresh, progress, ...start }: Start): Promise<void> {
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
  const provideDatabase = async () => {
    if (config.embedsPostgres) await embedPostgres(config, database, progress);
    await progress.step('schema migrated', () => prepareSchema(database));
  };
  const provideBroker = async () => {
    if (config.embedsKafka) await embedKafka(config, progress);
    await progress.step('topics created', () => prepareTopics(kafkaConfig()));
  };
  await Promise.all([provideDatabase(), provideBroker()]);
}
