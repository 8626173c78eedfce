import { createHmac } from 'node:crypto';
import { wallClockMs } from '../clock.ts';
import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { createRefreshingCache } from '../concurrency/refreshingCache.ts';
import { kafkaConfig, signingKeys, voterSecret } from '../config.ts';
import type { CastVoteFields } from '../contract/castVoteRequest.ts';
import { type BallotRefusal, judgeBallot, type PollRules } from '../domain/ballot.ts';
import { acceptanceTime, isAppendedInTime } from '../domain/closing.ts';
import { hexOf } from '../domain/pollId.ts';
import { type HexId, type Micros, toMicros, toMillis } from '../domain/units.ts';
import { RULES_FRESH_MS } from '../domain/votingWindows.ts';
import { UnavailableError } from '../errors.ts';
import { encodeBallot } from '../kafka/ballotRecord.ts';
import { openProducer } from '../kafka/openProducer.ts';
import { type Appended, type OutgoingRecord, PRODUCE_TIMEOUT_MS } from '../kafka/producer.ts';
import { type ReplyTo, replyToHeaders } from '../kafka/replyTo.ts';
import { topics } from '../kafka/topics.ts';
import { log } from '../log.ts';
import { meter } from '../metrics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { findPollRules } from '../sql/findPoll.ts';
import { findPollByCode, resolvePollId } from '../sql/findPollId.ts';
import { createReceipts, type Receipts, type VoteReference } from '../tokens/receipt.ts';
import { createReplySeal } from '../tokens/seal.ts';

export interface CastingDeps {
  /** Takes an id or a code. */
  findPollId(name: string): Promise<string | undefined>;
  /** Takes a lower-case UUID.
   * @param mustBeFresh bypasses the cache */
  findRules(pollId: string, mustBeFresh?: boolean): Promise<PollRules | undefined>;
  /** Never returns the same value twice, unless the clock is set back. */
  acceptedAt(): Micros;
  append(record: OutgoingRecord): Promise<Appended>;
  receipts: Receipts;
  voterSecret: string;
}

export type Cast =
  | { outcome: 'accepted'; pollId: string; receipt: string; vote: VoteReference }
  | { outcome: 'refused'; code: BallotRefusal };

/** Accepts a vote: checks it against the poll's rules and appends it to the log, where it is durable.
 * Counting follows asynchronously.
 * @param pollId an id or a code, as the client wrote it; a malformed one is an unknown poll
 * @param headers of the Kafka record
 * @throws {UnavailableError} when Kafka or (for an uncached poll) Postgres is too slow, or the ballot was
 * appended too late to count. A vote that reached Kafka in time still counts, and retries count once. */
export async function castBallot(
  deps: CastingDeps,
  pollId: string,
  { userId, optionIds }: CastVoteFields,
  headers?: Record<string, string>,
): Promise<Cast> {
  const uuid = await deps.findPollId(pollId);
  const judged = uuid && (await judge(deps, uuid, optionIds));
  if (!uuid || !judged) return { outcome: 'refused', code: 'poll_not_found' };
  const { rules, stampedAt, judgement } = judged;
  if (!judgement.fits) return { outcome: 'refused', code: judgement.code };

  const hex = hexOf(uuid);
  const key = voterKey(deps.voterSecret, hex, userId);
  const { choices } = judgement;
  const { allowChange: mayChange, wording } = rules;
  const ballot = { pollId: hex, voterKey: key, acceptedAt: stampedAt, choices, mayChange, wording };
  const place = await deps.append({
    ...encodeBallot(ballot),
    ...(headers ? { headers } : {}),
  });
  const acceptedAt = acceptanceTime(stampedAt, place.appendTime);
  if (acceptedAt === stampedAt) {
    outages.success(KEEPING_TIME);
  } else {
    const aheadMs = Math.round(toMillis(stampedAt) - place.appendTime);
    outages.fault(KEEPING_TIME, new UnavailableError(`The clock here is ${aheadMs} ms ahead of Kafka's.`));
    // Counting judges by that time too, so a vote that it rejects must not be answered 202. Of two copies with two
    // times, the one that counts may be the one that the receipt does not name.
    if (place.isResent) throw new UnavailableError('The log may have the vote twice, with different times.');
    const fresh = await deps.findRules(uuid, true);
    if (!fresh || !judgeBallot(fresh, optionIds, toMillis(acceptedAt)).fits)
      throw new UnavailableError("By Kafka's clock, the poll does not accept this vote.");
  }
  if (!isAppendedInTime(acceptedAt, place.appendTime)) {
    log.error('A vote was appended too late to count; the clocks here and at Kafka may differ.', {
      acceptedAt: new Date(toMillis(acceptedAt)),
      appendedAt: new Date(place.appendTime),
    });
    throw new UnavailableError('The vote was appended to the log too late.');
  }
  const vote = { pollId: hex, voterKey: key, acceptedAt, ...place, isWithdrawal: choices === 0, wording };
  meter().count('VotesAccepted');
  return { outcome: 'accepted', pollId: uuid, receipt: deps.receipts.issue(vote), vote };
}

/** Judges by cached rules but refuses by time on fresh ones only: the poll may just have opened. */
async function judge(deps: CastingDeps, pollId: string, optionIds: string[], mustBeFresh = false) {
  const rules = await deps.findRules(pollId, mustBeFresh);
  if (!rules) return undefined;
  const stampedAt = deps.acceptedAt();
  const judgement = judgeBallot(rules, optionIds, toMillis(stampedAt));
  const isByTime =
    !judgement.fits && (judgement.code === 'poll_closed' || judgement.code === 'poll_not_open');
  if (isByTime && !mustBeFresh) return judge(deps, pollId, optionIds, true);
  return { rules, stampedAt, judgement };
}

const KEEPING_TIME = 'Keeping time with Kafka';

// 33 bytes per ballot: far below a broker's limit, and a batch costs it little more than a single vote.
const BATCH = { timeoutMs: PRODUCE_TIMEOUT_MS, maxBatch: 1_000, maxWaiting: 10_000 };

// Counting judges every vote again; this decides how soon a change is seen here. A poll with 50 options takes 5 KB.
const CACHE = { freshMs: RULES_FRESH_MS, refreshTimeoutMs: 300, maxEntries: 2_000 };
// A poll keeps its code. Unknown codes are not cached, so guessing fills nothing.
const CODES_CACHE = { ...CACHE, freshMs: 60_000 };

export interface BallotBox {
  /** Casts a ballot.
   * @param waiter is notified of the outcome */
  cast(pollId: string, ballot: CastVoteFields, waiter?: ReplyTo): Promise<Cast>;
}

/** Opens this process's producer, rules cache and clock. */
export function openBallotBox(database: Database): BallotBox {
  const kafka = kafkaConfig();
  const keys = signingKeys();
  const seal = createReplySeal(keys);
  const producer = openProducer(kafka);
  const findByCode = createRefreshingCache(
    (code) => database.run((sql) => findPollByCode(sql, code)),
    CODES_CACHE,
  );
  const deps = {
    findPollId: (name: string) => resolvePollId(name, findByCode),
    findRules: createRefreshingCache((pollId) => database.run((sql) => findPollRules(sql, pollId)), CACHE),
    acceptedAt: createAcceptedClock(),
    append: createMicroBatcher<OutgoingRecord, Appended>(
      (records, deadline) => producer.settle(topics.votes, records, deadline),
      BATCH,
      // One batch per broker, so that an unavailable broker delays only its own partitions.
      (record) => producer.leaderOf(topics.votes, record),
    ),
    receipts: createReceipts(keys),
    voterSecret: voterSecret(),
  };
  return {
    cast: (pollId, ballot, waiter) =>
      castBallot(deps, pollId, ballot, waiter && replyToHeaders(seal, waiter)),
  };
}

/** After a larger step back the earlier times were wrong: going on from them would stamp votes with future times,
 * and polls would refuse votes that are in time. */
const MAX_STEP_BACK = toMicros(10);

/** A clock in whole microseconds since 1970 that never repeats a value, unless it is set back, because a ballot
 * is identified by voter and time. `Date` has milliseconds, so the microseconds are random; otherwise two
 * processes that accept a voter's votes in the same millisecond could create the same ballot. */
export function createAcceptedClock(now = wallClockMs, random = Math.random): () => Micros {
  let last = 0;
  return () => {
    const drawn = toMicros(now()) + Math.floor(random() * toMicros(1));
    last = drawn < last - MAX_STEP_BACK ? drawn : Math.max(last + 1, drawn);
    return last;
  };
}

const VOTER_KEY_HEX_DIGITS = 32;

/** A voter's key: 16 bytes as hex digits. It differs per poll, and without the secret nothing leads from it
 * to the user. The poll id comes first because its length is fixed, so no two (poll, user) pairs give the
 * same bytes.
 */
export function voterKey(secret: string, pollId: HexId, userId: string): string {
  const hmac = createHmac('sha256', secret).update(pollId, 'hex').update(userId, 'utf8');
  return hmac.digest('hex').slice(0, VOTER_KEY_HEX_DIGITS);
}
