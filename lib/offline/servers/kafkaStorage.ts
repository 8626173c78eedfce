import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { StartError } from '../../errors.ts';
import { JVM_FLAGS, JVM_LOCALE } from './java.ts';
import type { KafkaOptions } from './kafka.ts';
import { type Command, runSupervised } from './supervised.ts';

const DATA = 'data';

/**
 * What runs one of Kafka's programs in the server's folder. There all its files have plain names: a list of folders
 * knows no way to write a comma, and a `.properties` file none to write a backslash or an ö as they are.
 */
export function kafkaCommand(
  { folder, java, jars }: Pick<KafkaOptions, 'folder' | 'java' | 'jars'>,
  program: string[],
): Pick<Command, 'command' | 'args' | 'cwd' | 'env'> {
  // Nothing reads the first property: it tells whose process this is.
  const flags = [`-Dpoleparty.folder=${folder}`, ...JVM_FLAGS];
  return {
    command: java,
    args: [...flags, '-cp', join(resolve(jars), '*'), ...program],
    cwd: folder,
    env: JVM_LOCALE,
  };
}

/**
 * Writes `server.properties` and formats `data/`, if that has not been done.
 *
 * @returns the name of `server.properties` in the folder
 * @throws StartError when the data was written by another version of Kafka
 */
export async function formatKafkaStorage(options: KafkaOptions): Promise<string> {
  const properties = join(options.folder, 'server.properties');
  const data = join(options.folder, DATA);
  await writeFile(properties, serverProperties(options, DATA));
  if (existsSync(data)) {
    await refuseOtherVersion(data, options.jars);
    return basename(properties);
  }
  // Formatted beside and renamed, so that the folder is formatted or absent, whatever interrupts.
  const unfinished = join(options.folder, 'data.new');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);
  await writeFile(join(unfinished, VERSION_FILE), basename(options.jars));
  const format = join(options.folder, 'format.properties');
  await writeFile(format, serverProperties(options, basename(unfinished)));
  const clusterId = randomBytes(16).toString('base64url');
  const logFile = join(options.folder, 'format.log');
  const tool = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', basename(format)];
  await runSupervised({ ...kafkaCommand(options, tool), stopSteps: 'KILL:1', logFile }).catch((cause) => {
    throw new StartError(`Kafka's storage cannot be formatted. The end of ${logFile}:\n${cause.message}`, {
      cause,
    });
  });
  await rename(unfinished, data);
  return basename(properties);
}

const VERSION_FILE = 'written-by';

async function refuseOtherVersion(data: string, jars: string): Promise<void> {
  const found = await readFile(join(data, VERSION_FILE), 'utf8').catch(() => 'an unknown version');
  if (found === basename(jars)) return;
  throw new StartError(
    `The data in ${data} is of ${found}, and this is ${basename(jars)}. ` +
      'Start with the version that wrote it, or anew with "npm start -- --fresh" (its polls are lost).',
  );
}

/** One node, broker and controller in one, so every internal topic has one replica. */
function serverProperties({ port, controllerPort }: KafkaOptions, data: string): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // After a crash, the controller takes the new broker for a double until the old one's session is over.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...singleNodeProperties,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** What a single small broker wants, whatever its version. */
export const singleNodeProperties = {
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  // Members join as they come: with one group, there is nobody to wait for.
  'group.initial.rebalance.delay.ms': 0,
};
