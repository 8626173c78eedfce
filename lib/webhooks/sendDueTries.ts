import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { webhookRecord } from '../kafka/webhookRecord.ts';
import type { AnySql } from '../sql/client.ts';
import { takeDueTries } from '../sql/takeDueTries.ts';

/** 150 KB in Kafka, which takes 1 MB at once. */
const BATCH = 1_000;

/** Puts the tries that are due on their way. Whoever dies between taking and producing leaves them to a later call.
 * @throws {UnavailableError} when Kafka does not take them */
export async function sendDueTries(sql: AnySql, producer: Producer): Promise<void> {
  for (let size = BATCH; size === BATCH; ) {
    const due = await takeDueTries(sql, Date.now(), BATCH);
    size = due.length;
    if (size > 0) await producer.produce(topics.webhooks, due.map(webhookRecord));
  }
}
