import { readUuid } from '../domain/pollId.ts';
import { shardOf } from '../domain/shard.ts';
import type { WebhookAttempt } from '../domain/webhookEvent.ts';
import { PoisonRecordError } from '../errors.ts';
import type { OutgoingRecord } from './producer.ts';

/** Each has a batch of receivers under way, of which the slowest takes ten seconds. */
export const WEBHOOKS_PARTITIONS = 4;

/** The record of a try. Those of a poll are on one partition, so one that was handed out twice finds the first
 * noted. */
export function webhookRecord(one: WebhookAttempt): OutgoingRecord {
  const value = Buffer.from(JSON.stringify(one));
  return { partition: shardOf(one.pollId, WEBHOOKS_PARTITIONS), key: null, value };
}

/** @param value base64, as Lambda hands it over. @throws {PoisonRecordError} when it is no such record. */
export function decodeWebhook(value: string | null | undefined): WebhookAttempt {
  try {
    const { pollId: id, version, tries } = JSON.parse(Buffer.from(value ?? '', 'base64').toString());
    const pollId = readUuid(id);
    if (pollId && Number.isSafeInteger(version) && Number.isSafeInteger(tries)) {
      return { pollId, version, tries };
    }
  } catch (cause) {
    throw new PoisonRecordError('A record of webhooks is not JSON.', { cause });
  }
  throw new PoisonRecordError('A record of webhooks names no try.');
}
