import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { errorCode, StartError } from '../../errors.ts';
import { JVM_FLAGS, JVM_LOCALE } from './java.ts';
import type { KafkaOptions } from './kafka.ts';
import type { Command } from './supervised.ts';

const DATA = 'data';

/**
 * Returns the command that runs one of Kafka's programs in the server's folder. Its files have relative names there,
 * because `log.dirs` cannot contain a comma, and `.properties` files cannot contain a plain backslash or ö.
 */
export function kafkaCommand(
  { folder, java, jars }: Pick<KafkaOptions, 'folder' | 'java' | 'jars'>,
  program: string[],
): Pick<Command, 'command' | 'args' | 'cwd' | 'env'> {
  // Nothing reads the first property; it identifies the process by its folder.
  const flags = [`-Dpoleparty.folder=${folder}`, ...JVM_FLAGS];
  return {
    command: java,
    args: [...flags, '-cp', join(resolve(jars), '*'), ...program],
    cwd: folder,
    env: JVM_LOCALE,
  };
}

/**
 * Writes `server.properties`, and formats `data/` if it does not exist.
 *
 * @returns the name of `server.properties` in the folder
 * @throws StartError if the data was written by another version of Kafka
 */
export async function formatKafkaStorage(options: KafkaOptions): Promise<string> {
  const properties = join(options.folder, 'server.properties');
  const data = join(options.folder, DATA);
  await writeFile(properties, serverProperties(options, DATA));
  if (existsSync(data)) {
    await refuseOtherVersion(data, options.jars);
    return basename(properties);
  }
  // Formatted under another name and renamed, so an interruption leaves no half-formatted folder.
  const unfinished = join(options.folder, 'data.new');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);
  await writeFile(join(unfinished, VERSION_FILE), basename(options.jars));
  const format = join(options.folder, 'format.properties');
  await writeFile(format, serverProperties(options, basename(unfinished)));
  const clusterId = randomBytes(16).toString('base64url');
  const logFile = join(options.folder, 'format.log');
  const tool = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', basename(format)];
  await options.supervisor
    .run({ ...kafkaCommand(options, tool), stopSteps: 'KILL:1', logFile })
    .catch((cause) => {
      throw new StartError(
        `Kafka's storage could not be formatted. The end of ${logFile}:\n${cause.message}`,
        {
          cause,
        },
      );
    });
  await rename(unfinished, data);
  return basename(properties);
}

const VERSION_FILE = 'written-by';

async function refuseOtherVersion(data: string, jars: string): Promise<void> {
  const found = await readFile(join(data, VERSION_FILE), 'utf8').catch((error) => {
    if (errorCode(error) === 'ENOENT') return 'an unknown version';
    // Of a file that only cannot be read; the advice below would delete polls for it.
    throw error;
  });
  if (found === basename(jars)) return;
  throw new StartError(
    `The data in ${data} was written by ${found}, but this is ${basename(jars)}. ` +
      'Use the version that wrote it, or delete its polls and start with "npm start -- --fresh".',
  );
}

/** One node is broker and controller, so every internal topic has one replica. */
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
    // After a crash, the controller rejects the new broker as a duplicate until the session of the old one expires.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...singleNodeProperties,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

export const singleNodeProperties = {
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  // Do not wait for more members before the first rebalance.
  'group.initial.rebalance.delay.ms': 0,
};
