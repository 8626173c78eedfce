import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { KafkaConfig } from '../config.ts';
import { type DeadLetter, readDeadLetter } from './deadLetter.ts';
import { readLog } from './readLog.ts';
import { topicsOf } from './topics.ts';

/** Handles one batch of letters, in the order of the log, before the next is read.
 * @param of the total number of letters */
export type TakeLetters = (letters: DeadLetter[], of: number) => Promise<void>;

/**
 * Reads the current content of `votes.dlq` from its beginning and commits no offsets.
 *
 * @throws KafkaJSError when the brokers do not answer or the topic is missing; what `take` throws
 */
export async function readDeadLetters(client: Kafka, config: KafkaConfig, take: TakeLetters): Promise<void> {
  const { topicPrefix, groupId } = config;
  const letters = {
    topic: topicsOf(topicPrefix).deadLetters,
    groupId: `${topicPrefix}${groupId}-redrive-${randomUUID()}`,
  };
  await readLog(client, letters, (_, messages, of) => take(messages.map(readDeadLetter), of));
}
