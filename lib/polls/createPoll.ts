import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { WebhookTargets } from '../config.ts';
import { parse } from '../contract/inputs.ts';
import { type CreatePollFields, newPollSchema } from '../contract/pollRequests.ts';
import type { NewPoll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import { findCreation, insertPoll } from '../sql/creations.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
// The schema normalizes field order and defaults.
const hashOf = (request: CreatePollFields) => sha256(JSON.stringify(request));

export interface CreationRequest {
  body: unknown;
  key: string | undefined;
  targets: WebhookTargets;
}

/** Creates a poll. An idempotency key used within the last day returns that poll as it was created.
 * @param now milliseconds since 1970
 * @throws {RefusedError} `invalid_request`, `idempotency_key_reused` */
export async function createPoll(
  sql: Sql,
  { body, key, targets }: CreationRequest,
  now: number,
): Promise<NewPoll> {
  if (key === undefined) {
    const poll = buildPoll(parse(newPollSchema(now, targets), body), now);
    await insertPoll(sql, poll);
    return poll;
  }
  const keyHash = sha256(key);
  for (;;) {
    const first = await findCreation(sql, keyHash, now);
    // Validate by the first request's clock, because the poll may be over by now.
    const at = first?.poll.createdAt ?? now;
    const request = parse(newPollSchema(at, targets), body);
    const requestHash = hashOf(request);
    if (first?.requestHash.equals(requestHash)) return first.poll;
    if (first) throw new RefusedError('idempotency_key_reused');
    const poll = buildPoll(request, now);
    if (await insertPoll(sql, poll, { keyHash, requestHash })) return poll;
    // A concurrent request won; the next iteration finds its poll.
  }
}

/** Assigns ids and times.
 * @param now milliseconds since 1970; an earlier opening becomes now */
export function buildPoll(request: CreatePollFields, now: number): NewPoll {
  const { question, options, expired_at, opens_at } = request;
  return {
    id: v7(),
    question,
    options: options.map((text) => ({ id: v7(), text })),
    maxChoices: request.max_choices,
    allowChange: request.allow_change,
    resultsVisibility: request.results_visibility,
    createdAt: now,
    opensAt: opens_at === null ? null : Math.max(opens_at, now),
    expiredAt: expired_at,
    webhookUrl: request.webhook_url,
  };
}
