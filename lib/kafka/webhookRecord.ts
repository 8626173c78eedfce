import { readUuid } from '../domain/pollId.ts';
import { shardOf } from '../domain/shard.ts';
import type { WebhookAttempt } from '../domain/webhookEvent.ts';
import { PoisonRecordError } from '../errors.ts';
import type { OutgoingRecord } from './producer.ts';

/** Each partition waits for one batch of receivers at a time, up to 10 s for the slowest. */
export const WEBHOOKS_PARTITIONS = 4;

/** Encodes an attempt. A poll's attempts share a partition, so a duplicate sees the first one's outcome. */
export function webhookRecord(one: WebhookAttempt): OutgoingRecord {
  const value = Buffer.from(JSON.stringify(one));
  return { partition: shardOf(one.pollId, WEBHOOKS_PARTITIONS), key: null, value };
}

/** @param value base64, as Lambda passes it. @throws {PoisonRecordError} for an invalid record */
export function decodeWebhook(value: string | null | undefined): WebhookAttempt {
  try {
    const { pollId: id, version, tries } = JSON.parse(Buffer.from(value ?? '', 'base64').toString());
    const pollId = readUuid(id);
    if (pollId && Number.isSafeInteger(version) && Number.isSafeInteger(tries)) {
      return { pollId, version, tries };
    }
  } catch (cause) {
    throw new PoisonRecordError('The webhooks record is not JSON.', { cause });
  }
  throw new PoisonRecordError('The webhooks record has invalid fields.');
}
