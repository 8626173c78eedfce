import { wallClockMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { webhookRecord } from '../kafka/webhookRecord.ts';
import type { AnySql } from '../sql/client.ts';
import { takeDueTries } from '../sql/takeDueTries.ts';

/** 150 KB in Kafka, which takes 1 MB at once. */
const BATCH = 1_000;

/** Puts the tries that are due on their way, those that wait longest first. Those that are taken and not produced
 * are left to a later call.
 * @param deadline of the monotonic clock; what is left then is for the next call
 * @throws {UnavailableError} when Kafka does not take them */
export async function sendDueTries(sql: AnySql, producer: Producer, deadline: number): Promise<void> {
  const sendPage = async () => {
    const due = await takeDueTries(sql, wallClockMs(), BATCH);
    if (due.length > 0) await producer.produce(topics.webhooks, due.map(webhookRecord));
    return due.length;
  };
  await pageByPage(sendPage, BATCH, deadline);
}
