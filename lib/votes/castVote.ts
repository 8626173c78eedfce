import { createHmac } from 'node:crypto';
import { wallClockMs } from '../clock.ts';
import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { createRefreshingCache } from '../concurrency/refreshingCache.ts';
import { kafkaConfig, signingKeys, voterSecret } from '../config.ts';
import type { CastVoteFields } from '../contract/castVoteRequest.ts';
import { type BallotRefusal, judgeBallot, type PollRules } from '../domain/ballot.ts';
import { isAppendedInTime } from '../domain/closing.ts';
import { readUuid } from '../domain/pollId.ts';
import { UnavailableError } from '../errors.ts';
import { encodeBallot } from '../kafka/ballotRecord.ts';
import { kafkaClient } from '../kafka/client.ts';
import { createProducer, type OutgoingRecord, type Place, PRODUCE_PATIENCE_MS } from '../kafka/producer.ts';
import { type ReplyTo, replyToHeaders } from '../kafka/replyTo.ts';
import { topics } from '../kafka/topics.ts';
import { log } from '../log.ts';
import type { Database } from '../sql/database.ts';
import { findPollRules } from '../sql/findPoll.ts';
import { createReceipts, type Receipts, type VoteReference } from '../tokens/receipt.ts';
import { createReplySeal } from '../tokens/seal.ts';

export interface CastingDeps {
  /** Asked with a lower-case UUID.
   * @param mustBeFresh for rules that are read after this call, and not remembered */
  findRules(pollId: string, mustBeFresh?: boolean): Promise<PollRules | undefined>;
  /** Microseconds since 1970, never the same twice. */
  acceptedAt(): number;
  append(record: OutgoingRecord): Promise<Place>;
  receipts: Receipts;
  voterSecret: string;
}

export type Cast =
  | { outcome: 'accepted'; pollId: string; receipt: string; vote: VoteReference }
  | { outcome: 'refused'; code: BallotRefusal };

/** Takes a vote: checks it against its poll and appends it to the log, where it is safe. Counting comes later.
 * @param pollId as the client wrote it; what is no UUID is a poll that does not exist
 * @param headers what its record carries beside it
 * @throws {UnavailableError} when Kafka, or Postgres for a poll not yet known here, does not answer in time, or the
 * ballot came into the log too late to count. A vote that reached Kafka in time counts all the same, and once only,
 * however often its voter tries again. */
export async function castBallot(
  means: CastingDeps,
  pollId: string,
  { userId, optionIds }: CastVoteFields,
  headers?: Record<string, string>,
): Promise<Cast> {
  const uuid = readUuid(pollId);
  const judged = uuid && (await judge(means, uuid, optionIds));
  if (!uuid || !judged) return { outcome: 'refused', code: 'poll_not_found' };
  const { rules, acceptedAt, judgement } = judged;
  if (!judgement.fits) return { outcome: 'refused', code: judgement.code };

  const hex = uuid.replaceAll('-', '');
  const key = voterKey(means.voterSecret, hex, userId);
  const { choices } = judgement;
  const ballot = { pollId: hex, voterKey: key, acceptedAt, choices, mayChange: rules.allowChange };
  const place = await means.append({
    ...encodeBallot(ballot),
    ...(headers ? { headers } : {}),
  });
  if (!isAppendedInTime(acceptedAt, place.appendTime)) {
    log.error('A vote came into the log too late to count: the clock here and that of Kafka differ.', {
      acceptedAt: new Date(acceptedAt / 1_000),
      appendedAt: new Date(place.appendTime),
    });
    throw new UnavailableError('The vote came into the log too late.');
  }
  const vote = { pollId: hex, voterKey: key, acceptedAt, ...place };
  return { outcome: 'accepted', pollId: uuid, receipt: means.receipts.issue(vote), vote };
}

/** Judges by remembered rules, but refuses by time on fresh ones only: the poll may have been opened a moment ago. */
async function judge(means: CastingDeps, pollId: string, optionIds: string[], mustBeFresh = false) {
  const rules = await means.findRules(pollId, mustBeFresh);
  if (!rules) return undefined;
  const acceptedAt = means.acceptedAt();
  const judgement = judgeBallot(rules, optionIds, acceptedAt / 1_000);
  const isByTime =
    !judgement.fits && (judgement.code === 'poll_closed' || judgement.code === 'poll_not_open');
  if (isByTime && !mustBeFresh) return judge(means, pollId, optionIds, true);
  return { rules, acceptedAt, judgement };
}

// 33 bytes a ballot: far below what a broker takes at once, and a batch costs it little more than a vote.
const BATCH = { patienceMs: PRODUCE_PATIENCE_MS, maxBatch: 1_000, maxWaiting: 10_000 };

// A poll seldom changes, and whatever is let through meanwhile is judged again when it is counted. A poll of
// 50 options takes some 5 KB here.
const CACHE = { freshMs: 3_000, refreshPatienceMs: 300, maxEntries: 2_000 };

export interface BallotBox {
  /** `castBallot` with all that it needs but the ballot.
   * @param waiter who is told what became of it */
  cast(pollId: string, ballot: CastVoteFields, waiter?: ReplyTo): Promise<Cast>;
}

/** Where this process casts ballots: one producer, one cache of polls, one clock. */
export function openBallotBox(database: Database): BallotBox {
  const kafka = kafkaConfig();
  const keys = signingKeys();
  const seal = createReplySeal(keys);
  const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
  const means = {
    findRules: createRefreshingCache((pollId) => database.run((sql) => findPollRules(sql, pollId)), CACHE),
    acceptedAt: createAcceptedClock(),
    append: createMicroBatcher<OutgoingRecord, Place>(
      (records, deadline) => producer.settle(topics.votes, records, deadline),
      BATCH,
      // Each broker by itself: one that is away holds up the votes of its partitions only.
      (record) => producer.leaderOf(topics.votes, record),
    ),
    receipts: createReceipts(keys),
    voterSecret: voterSecret(),
  };
  return {
    cast: (pollId, ballot, waiter) =>
      castBallot(means, pollId, ballot, waiter && replyToHeaders(seal, waiter)),
  };
}

const MICROSECONDS_PER_MS = 1_000;

/** A clock in whole microseconds since 1970 that never says the same twice, since a ballot is named by its
 * voter and this time. `Date` has milliseconds only, so the rest is drawn: two processes that take a vote of
 * one voter in the same millisecond would otherwise make the same ballot. */
export function createAcceptedClock(now = wallClockMs, random = Math.random): () => number {
  let last = 0;
  return () => {
    const drawn = now() * MICROSECONDS_PER_MS + Math.floor(random() * MICROSECONDS_PER_MS);
    last = Math.max(last + 1, drawn);
    return last;
  };
}

const VOTER_KEY_HEX_DIGITS = 32;

/** Who votes, as far as this system knows it: 16 bytes as hex digits. The same voter has another key in each
 * poll, and without the secret nobody can tell which user a key belongs to. The poll id comes first because
 * its length is fixed: no other poll and user come to the same bytes.
 * @param pollId 32 hex digits */
export function voterKey(secret: string, pollId: string, userId: string): string {
  const hmac = createHmac('sha256', secret).update(pollId, 'hex').update(userId, 'utf8');
  return hmac.digest('hex').slice(0, VOTER_KEY_HEX_DIGITS);
}
