import { createHmac } from 'node:crypto';
import { elapsedMs, presentMoment } from '../clock.ts';
import type { CastVoteFields } from '../contract/castVoteRequest.ts';
import { type BallotRefusal, judgeBallot } from '../domain/ballot.ts';
import { acceptanceTime, isAppendedInTime, MAX_SKEW_MS } from '../domain/closing.ts';
import { hexOf } from '../domain/pollId.ts';
import { type HexId, type Micros, toMillis } from '../domain/units.ts';
import { UnavailableError } from '../errors.ts';
import { encodeBallot } from '../kafka/ballotRecord.ts';
import { type Appended, type OutgoingRecord, PRODUCE_TIMEOUT_MS } from '../kafka/producer.ts';
import { meter } from '../metrics.ts';
import { outages } from '../outages.ts';
import type { FoundRules } from '../sql/findPoll.ts';
import type { Receipts, VoteReference } from '../tokens/receipt.ts';
import type { AcceptanceClock } from './acceptanceClock.ts';

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
  if (!outcome) throw new UnavailableError("Kafka's clock is ahead of PostgreSQL's, so no vote counts.");
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
  const appended = { ...place, stampedAt, tookMs: elapsedMs(since) };
  if (isTooLate(appended)) return undefined;
  const acceptedAt = acceptanceTime(stampedAt, place.appendTime);
  if (acceptedAt === stampedAt) checkClock(deps, pollId, appended);
  else await judgeAgain(deps, pollId, optionIds, acceptedAt, appended);
  const vote = { pollId: hex, voterKey: key, acceptedAt, ...place, isWithdrawal: choices === 0, wording };
  meter().count('VotesAccepted');
  return { outcome: 'accepted', pollId, receipt: deps.receipts.issue(vote), vote };
}

/** A ballot in the log, and what it says about the clock that it was stamped by. */
interface Stamped extends Appended {
  stampedAt: Micros;
  tookMs: number;
}

/** The least by which the clock here was behind Kafka's. */
const behindMs = ({ appendTime, stampedAt, tookMs }: Stamped) => appendTime - toMillis(stampedAt) - tookMs;

/** @returns whether the ballot never counts because of the clock, so that it may be cast again
 * @throws {UnavailableError} if that would be wrong or unsure */
function isTooLate(ballot: Stamped): boolean {
  const { appendTime, stampedAt, tookMs, isResent } = ballot;
  // Of two copies with two times, the one that counts may be the one that the receipt does not name.
  if (isResent && acceptanceTime(stampedAt, appendTime - tookMs) !== stampedAt)
    throw new UnavailableError('The log may have the vote twice, with different times.');
  if (isAppendedInTime(stampedAt, appendTime)) return false;
  // If the ballot was held back, its voter may have voted again. If it was sent twice, the first copy may count.
  if (tookMs > PRODUCE_TIMEOUT_MS || behindMs(ballot) <= MAX_SKEW_MS || isResent) {
    const late = Math.round(appendTime - toMillis(stampedAt));
    throw new UnavailableError(`The vote reached the log ${late} ms after it was accepted.`);
  }
  return true;
}

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
  ballot: Stamped,
): Promise<void> {
  const rules = await findFreshRules(deps, pollId, ballot.appendTime - toMillis(ballot.stampedAt));
  if (!rules || !judgeBallot(rules, optionIds, toMillis(acceptedAt)).fits)
    throw new UnavailableError("By Kafka's clock, the poll does not accept this vote.");
}

const KEEPING_TIME = 'Keeping time';

/** Corrects a clock that is behind, though not so far that votes do not count. */
function checkClock(deps: CastingDeps, pollId: string, ballot: Stamped): void {
  const behind = behindMs(ballot);
  if (behind <= MAX_SKEW_MS) outages.successOfOne(KEEPING_TIME);
  // The vote counts in any case, so it does not wait.
  else if (deps.clock.isCheckDue()) findFreshRules(deps, pollId, behind).catch(() => {});
}

/** Reads the rules, and corrects the clock by the time of reading: PostgreSQL's decides when polls open and close.
 * @param kafkaAheadMs how far Kafka's clock is ahead of the one here, if they contradict each other */
async function findFreshRules({ findRules, clock }: CastingDeps, pollId: string, kafkaAheadMs?: number) {
  const since = presentMoment();
  const rules = await findRules(pollId, true);
  if (!rules) return undefined;
  const tolerance = kafkaAheadMs === undefined ? MAX_SKEW_MS : 0;
  const aheadMs = clock.correct(rules.readAt, rules.readAt + elapsedMs(since), tolerance);
  if (aheadMs !== 0 || kafkaAheadMs !== undefined) {
    const kafka = kafkaAheadMs === undefined ? '' : `, Kafka's by ${Math.round(kafkaAheadMs + aheadMs)} ms`;
    const text = `Ahead of PostgreSQL's clock: the one here by ${aheadMs} ms${kafka}.`;
    outages.fault(KEEPING_TIME, new UnavailableError(text));
  }
  return rules;
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
