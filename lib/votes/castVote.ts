import { createHmac } from 'node:crypto';
import { elapsedMs, presentMoment } from '../clock.ts';
import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { createRefreshingCache } from '../concurrency/refreshingCache.ts';
import { kafkaConfig, signingKeys, voterSecret } from '../config.ts';
import type { CastVoteFields } from '../contract/castVoteRequest.ts';
import { type BallotRefusal, judgeBallot } from '../domain/ballot.ts';
import { acceptanceTime, isAppendedInTime, MAX_SKEW_MS } from '../domain/closing.ts';
import { hexOf } from '../domain/pollId.ts';
import { type HexId, type Micros, toMillis } from '../domain/units.ts';
import { RULES_FRESH_MS } from '../domain/votingWindows.ts';
import { UnavailableError } from '../errors.ts';
import { encodeBallot } from '../kafka/ballotRecord.ts';
import { openProducer } from '../kafka/openProducer.ts';
import { type Appended, type OutgoingRecord, PRODUCE_TIMEOUT_MS } from '../kafka/producer.ts';
import { type ReplyTo, replyToHeaders } from '../kafka/replyTo.ts';
import { topics } from '../kafka/topics.ts';
import { meter } from '../metrics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { type FoundRules, findPollRules } from '../sql/findPoll.ts';
import { findPollByCode, resolvePollId } from '../sql/findPollId.ts';
import { createReceipts, type Receipts, type VoteReference } from '../tokens/receipt.ts';
import { createReplySeal } from '../tokens/seal.ts';
import { type AcceptanceClock, createAcceptanceClock } from './acceptanceClock.ts';

export interface CastingDeps {
  /** Takes an id or a code. */
  findPollId(name: string): Promise<string | undefined>;
  /** Takes a lower-case UUID.
   * @param mustBeFresh bypasses the cache */
  findRules(pollId: string, mustBeFresh?: boolean): Promise<FoundRules | undefined>;
  clock: AcceptanceClock;
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
 * @throws {UnavailableError} when Kafka or (for an uncached poll) Postgres is too slow, or it is unknown whether the
 * ballot counts. A vote that reached Kafka in time still counts, and retries count once. */
export async function castBallot(
  deps: CastingDeps,
  pollId: string,
  fields: CastVoteFields,
  headers?: Record<string, string>,
): Promise<Cast> {
  const uuid = await deps.findPollId(pollId);
  if (!uuid) return POLL_NOT_FOUND;
  const cast = (mustBeFresh: boolean) => appendBallot(deps, uuid, fields, headers, mustBeFresh);
  // Fresh rules correct the clock.
  const outcome = (await cast(false)) ?? (await cast(true));
  if (!outcome) throw appendedTooLate();
  return outcome;
}

const POLL_NOT_FOUND: Cast = { outcome: 'refused', code: 'poll_not_found' };

/** @returns undefined if the ballot never counts because the clock was behind when it was accepted */
async function appendBallot(
  deps: CastingDeps,
  pollId: string,
  { userId, optionIds }: CastVoteFields,
  headers: Record<string, string> | undefined,
  mustBeFresh: boolean,
): Promise<Cast | undefined> {
  const judged = await judge(deps, pollId, optionIds, mustBeFresh);
  if (!judged) return POLL_NOT_FOUND;
  const { rules, stampedAt, judgement } = judged;
  if (!judgement.fits) return { outcome: 'refused', code: judgement.code };

  const hex = hexOf(pollId);
  const key = voterKey(deps.voterSecret, hex, userId);
  const { choices } = judgement;
  const { allowChange: mayChange, wording } = rules;
  const ballot = { pollId: hex, voterKey: key, acceptedAt: stampedAt, choices, mayChange, wording };
  const since = presentMoment();
  const place = await deps.append({
    ...encodeBallot(ballot),
    ...(headers ? { headers } : {}),
  });
  if (!isAppendedInTime(stampedAt, place.appendTime)) {
    const behindMs = place.appendTime - toMillis(stampedAt) - elapsedMs(since);
    // If the ballot was held back, its voter may have voted again. If it was sent twice, the first copy may count.
    if (behindMs < MAX_SKEW_MS || place.isResent) throw appendedTooLate();
    return undefined;
  }
  const acceptedAt = acceptanceTime(stampedAt, place.appendTime);
  if (acceptedAt === stampedAt) outages.success(KEEPING_TIME);
  else await judgeAgain(deps, pollId, optionIds, acceptedAt, place);
  const vote = { pollId: hex, voterKey: key, acceptedAt, ...place, isWithdrawal: choices === 0, wording };
  meter().count('VotesAccepted');
  return { outcome: 'accepted', pollId, receipt: deps.receipts.issue(vote), vote };
}

const appendedTooLate = () => new UnavailableError('The vote was appended to the log too late.');

/** Judges by cached rules but refuses by time on fresh ones only: the poll may just have opened. */
async function judge(deps: CastingDeps, pollId: string, optionIds: string[], mustBeFresh: boolean) {
  const rules = mustBeFresh ? await findFreshRules(deps, pollId) : await deps.findRules(pollId);
  if (!rules) return undefined;
  const stampedAt = deps.clock.now();
  const judgement = judgeBallot(rules, optionIds, toMillis(stampedAt));
  const isByTime =
    !judgement.fits && (judgement.code === 'poll_closed' || judgement.code === 'poll_not_open');
  if (isByTime && !mustBeFresh) return judge(deps, pollId, optionIds, true);
  return { rules, stampedAt, judgement };
}

/** For a ballot from a clock that is ahead, which counts by another time than its stamp. Counting judges by that time
 * too, so a vote that it rejects must not be answered 202.
 * @throws {UnavailableError} if it may be rejected */
async function judgeAgain(
  deps: CastingDeps,
  pollId: string,
  optionIds: string[],
  acceptedAt: Micros,
  place: Appended,
): Promise<void> {
  const rules = await findFreshRules(deps, pollId);
  // Of two copies with two times, the one that counts may be the one that the receipt does not name.
  if (place.isResent) throw new UnavailableError('The log may have the vote twice, with different times.');
  if (!rules || !judgeBallot(rules, optionIds, toMillis(acceptedAt)).fits)
    throw new UnavailableError("By Kafka's clock, the poll does not accept this vote.");
}

const KEEPING_TIME = 'Keeping time';

/** Corrects the clock by the way: PostgreSQL's decides when polls open and close. */
async function findFreshRules({ findRules, clock }: CastingDeps, pollId: string) {
  const since = presentMoment();
  const rules = await findRules(pollId, true);
  if (!rules) return undefined;
  const aheadMs = clock.correct(rules.readAt, rules.readAt + elapsedMs(since));
  if (aheadMs !== 0) {
    const off = aheadMs > 0 ? `${aheadMs} ms ahead of` : `${-aheadMs} ms behind`;
    outages.fault(KEEPING_TIME, new UnavailableError(`The clock here was ${off} PostgreSQL's.`));
  }
  return rules;
}

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
    clock: createAcceptanceClock(),
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

const VOTER_KEY_HEX_DIGITS = 32;

/** A voter's key: 16 bytes as hex digits. It differs per poll, and without the secret nothing leads from it
 * to the user. The poll id comes first because its length is fixed, so no two (poll, user) pairs give the
 * same bytes.
 */
export function voterKey(secret: string, pollId: HexId, userId: string): string {
  const hmac = createHmac('sha256', secret).update(pollId, 'hex').update(userId, 'utf8');
  return hmac.digest('hex').slice(0, VOTER_KEY_HEX_DIGITS);
}
