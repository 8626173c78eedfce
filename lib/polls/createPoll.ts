import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import { type CreatePollFields, newPollSchema } from '../contract/requests.ts';
import { parse } from '../contract/schemaOf.ts';
import type { NewPoll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import { findCreation, insertPoll } from '../sql/creations.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
// The schema puts fields and defaults in one order, whatever the client wrote.
const hashOf = (request: CreatePollFields) => sha256(JSON.stringify(request));

/**
 * Makes a poll; under a name that the client has used within a day, gives the poll made then, as it was made.
 *
 * @param body of the request, as JSON gives it
 * @param name `Idempotency-Key`
 * @param now milliseconds since 1970
 * @throws {RefusedError} `invalid_request`, `idempotency_key_reused`
 */
export async function createPoll(
  sql: Sql,
  body: unknown,
  name: string | undefined,
  now: number,
): Promise<NewPoll> {
  if (name === undefined) {
    const poll = planPoll(parse(newPollSchema(now), body), now);
    await insertPoll(sql, poll);
    return poll;
  }
  const keyHash = sha256(name);
  for (;;) {
    const first = await findCreation(sql, keyHash, now);
    // By the clock of then: the poll may be over by now.
    const at = first?.poll.createdAt ?? now;
    const request = parse(newPollSchema(at), body);
    const requestHash = hashOf(request);
    if (first?.requestHash.equals(requestHash)) return first.poll;
    if (first) throw reused();
    const poll = planPoll(request, now);
    if (await insertPoll(sql, poll, { keyHash, requestHash })) return poll;
    // Somebody who asked at the same time was faster, and is found now.
  }
}

function reused(): RefusedError {
  return new RefusedError('idempotency_key_reused');
}

/** Gives a requested poll its ids and its times.
 * @param now milliseconds since 1970; an opening before it means now */
export function planPoll(request: CreatePollFields, now: number): NewPoll {
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
