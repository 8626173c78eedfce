import { createHash, randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { WebhookTargets } from '../config.ts';
import { parse } from '../contract/inputs.ts';
import { type CreatePollFields, newPollSchema } from '../contract/pollRequests.ts';
import type { NewPoll } from '../domain/poll.ts';
import { askedEnd } from '../domain/pollChanges.ts';
import { CODE_CHARACTERS, codeFrom } from '../domain/pollCode.ts';
import { RefusedError, TooManyRequestsError, UnavailableError } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import type { KeyRefusal } from '../sql/creationKeys.ts';
import { type Creation, findCreation, insertPoll } from '../sql/creations.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();
// The schema normalizes field order and defaults. A default that is newer than a key must not change its hash.
const hashOf = ({ listed, ...request }: CreatePollFields) =>
  sha256(JSON.stringify(listed ? request : { ...request, listed }));

export interface CreationRequest {
  body: unknown;
  key: string | undefined;
  targets: WebhookTargets;
  /** The id of the creation key, where creating needs one. */
  keyId?: string | undefined;
  /** What each new poll costs its sender; a replay costs nothing. */
  budget?: Budget;
}

export interface Budget {
  /** @throws {TooManyRequestsError} */
  spend(): void;
  refund(): void;
}

/** Creates a poll. An idempotency key used within the last day returns that poll as it was created.
 * @param now see `databaseNow`
 * @throws {RefusedError} `invalid_request`, `idempotency_key_reused`, `forbidden` for a revoked creation key or one
 * with too many open polls, `too_many_requests` */
export async function createPoll(
  sql: Sql,
  { body, key, targets, keyId, budget }: CreationRequest,
  now: number,
  drawCode = () => codeFrom(randomBytes(CODE_CHARACTERS)),
): Promise<NewPoll> {
  // Each creation key has idempotency keys of its own; they contain no space.
  const keyHash = key === undefined ? undefined : sha256(keyId === undefined ? key : `${keyId} ${key}`);
  for (;;) {
    const first = keyHash && (await findCreation(sql, keyHash, now));
    // Validate by the first request's clock, because the poll may be over by now.
    const at = first?.poll.createdAt ?? now;
    const request = parse(newPollSchema(at, targets), body);
    const requestHash = hashOf(request);
    if (first?.requestHash.equals(requestHash)) return first.poll;
    if (first) throw new RefusedError('idempotency_key_reused');
    const creation = keyHash && { keyHash, requestHash };
    const insert = () => insertUnderFreeCode(sql, buildPoll(request, now), drawCode, creation, keyId);
    const poll = await paidFrom(budget, insert);
    if (poll) return poll;
    // A concurrent request won; the next iteration finds its poll.
  }
}

/** Pays for what `insert` creates, and for nothing else. */
async function paidFrom(
  budget: Budget | undefined,
  insert: () => Promise<NewPoll | undefined>,
): Promise<NewPoll | undefined> {
  let poll: NewPoll | undefined;
  budget?.spend();
  try {
    poll = await insert();
    return poll;
  } finally {
    if (!poll) budget?.refund();
  }
}

/** Even with half of all codes taken, so many draws fail once in a million. */
const MAX_DRAWS = 20;

/** @returns undefined if another poll has the idempotency key */
async function insertUnderFreeCode(
  sql: Sql,
  poll: Omit<NewPoll, 'code'>,
  drawCode: () => string,
  creation: Creation | undefined,
  keyId: string | undefined,
): Promise<NewPoll | undefined> {
  for (let left = MAX_DRAWS; left > 0; left -= 1) {
    const named = { ...poll, code: drawCode() };
    const insertion = await insertPoll(sql, named, creation, keyId);
    if (insertion === 'inserted') return named;
    if (insertion === 'key_taken') return undefined;
    if (insertion !== 'code_taken') throw refusalOf(insertion);
  }
  throw new UnavailableError('No free code was found for a poll.');
}

/** A rate limit is a 429, because waiting helps; too many open polls are a 403. */
function refusalOf(refusal: KeyRefusal): RefusedError {
  switch (refusal.reason) {
    case 'revoked':
      return new RefusedError('forbidden', 'This creation key is revoked.');
    case 'open_polls':
      return new RefusedError(
        'forbidden',
        `This creation key has reached its limit of open polls, ${refusal.limit}. Close or delete one first.`,
      );
    case 'per_minute':
      return new TooManyRequestsError({
        name: 'creations by this key',
        limit: refusal.limit,
        windowSeconds: 60,
        remaining: 0,
        resetSeconds: refusal.resetSeconds,
      });
  }
}

/** Assigns ids and times.
 * @param now see `databaseNow`; an earlier opening becomes now */
function buildPoll(request: CreatePollFields, now: number): Omit<NewPoll, 'code'> {
  const { question, options, opens_at } = request;
  const opensAt = opens_at === null ? null : Math.max(opens_at, now);
  const expiredAt = askedEnd(request, opensAt ?? now);
  if (expiredAt === undefined) throw new RangeError('A new poll needs an end.');
  return {
    // Lists are in the order of ids, so these have the time of the clock that all share.
    id: v7({ msecs: now }),
    question,
    options: options.map((text) => ({ id: v7(), text })),
    maxChoices: request.max_choices,
    allowChange: request.allow_change,
    resultsVisibility: request.results_visibility,
    isListed: request.listed,
    createdAt: now,
    opensAt,
    expiredAt,
    webhookUrl: request.webhook_url,
  };
}
