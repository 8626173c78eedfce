import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../concurrency/deadline.ts';
import { kafkaConfig } from '../../config.ts';
import { StartError } from '../../errors.ts';
import { kafkaClient } from '../../kafka/client.ts';
import { formatKafkaStorage, kafkaCommand } from './kafkaStorage.ts';
import { lastLines } from './lastLines.ts';
import type { Supervised, Supervisor } from './supervised.ts';

export const KAFKA_LOG = 'kafka.log';

/** A start takes 2–3 s; recovery of a big log after a crash takes longer. */
const READY_LIMIT_MS = 60_000;

/** A controlled shutdown takes about 1 s. */
const STOP_STEPS = 'TERM:15 KILL:1';

export interface KafkaOptions {
  supervisor: Supervisor;
  /** Contains `data/`, `server.properties` and `kafka.log`. */
  folder: string;
  port: number;
  controllerPort: number;
  java: string;
  jars: string;
}

/**
 * Starts one Kafka node (broker and controller) on 127.0.0.1, and waits until it answers metadata requests: its port is
 * open before the broker is ready. Formats the storage at the first start.
 *
 * @throws StartError with the end of its log if it does not start
 */
export async function startKafka(options: KafkaOptions): Promise<Supervised> {
  await mkdir(options.folder, { recursive: true });
  const properties = await formatKafkaStorage(options);
  const logFile = join(options.folder, KAFKA_LOG);
  const server = await options.supervisor.start({
    ...kafkaCommand(options, ['kafka.Kafka', properties]),
    stopSteps: STOP_STEPS,
    logFile,
  });
  try {
    await until(() => askForMetadata(`127.0.0.1:${options.port}`), READY_LIMIT_MS, server.hasExited);
  } catch (cause) {
    await server.stop();
    throw new StartError(`Kafka did not start. The end of ${logFile}:\n${lastLines(logFile)}`, { cause });
  }
  return server;
}

/** @throws Error until the broker lists itself and knows its controller */
export async function askForMetadata(broker: string): Promise<void> {
  const admin = kafkaClient(kafkaConfig({ KAFKA_BROKERS: broker })).admin();
  try {
    await admin.connect();
    const { brokers, controller } = await admin.describeCluster();
    if (brokers.length === 0 || controller === null)
      throw new Error('The broker has not joined the cluster yet.');
    await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}
