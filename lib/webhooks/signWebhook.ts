import { createHmac } from 'node:crypto';
import type { SigningKey, SigningKeys } from '../config.ts';
import type { NewPoll } from '../domain/poll.ts';
import { deriveKey } from '../voting/signingKeys.ts';

/** It follows from the poll's id, so nothing is stored.
 * @param pollId lower case, with dashes */
function secretOf(key: SigningKey, pollId: string): Buffer {
  return createHmac('sha256', deriveKey(key, 'webhook')).update(pollId).digest();
}

/** What the owner of a new poll is given to verify its webhooks, as Standard Webhooks writes it; nothing if there
 * will be none.
 * @param keys the first one makes it */
export function webhookSecretOf([key]: SigningKeys, poll: NewPoll): { webhook_secret?: string } {
  if (poll.webhookUrl === null) return {};
  return { webhook_secret: `whsec_${secretOf(key, poll.id).toString('base64')}` };
}

export interface SignedParts {
  /** Without a full stop. */
  id: string;
  /** Of this try, seconds since 1970. */
  timestamp: number;
  body: string;
}

/** A signature for each key, since a secret was made with the one that was the first at that time. */
export function signWebhook(keys: SigningKeys, pollId: string, { id, timestamp, body }: SignedParts): string {
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) =>
    createHmac('sha256', secretOf(key, pollId)).update(signed).digest('base64'),
  );
  return signatures.map((signature) => `v1,${signature}`).join(' ');
}
