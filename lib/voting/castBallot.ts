import { type BallotRefusal, judgeBallot, type PollRules } from '../domain/ballot.ts';
import { isAppendedInTime } from '../domain/grace.ts';
import { readUuid } from '../domain/uuid.ts';
import { UnavailableError } from '../errors.ts';
import { encodeBallot } from '../kafka/ballotRecord.ts';
import type { OutgoingRecord, Place } from '../kafka/producer.ts';
import { log } from '../log.ts';
import type { CastVoteFields } from '../schemas/ballot.ts';
import type { Receipts, VoteReference } from './receipt.ts';
import { voterKey } from './voterKey.ts';

export interface CastingMeans {
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
  means: CastingMeans,
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
async function judge(means: CastingMeans, pollId: string, optionIds: string[], mustBeFresh = false) {
  const rules = await means.findRules(pollId, mustBeFresh);
  if (!rules) return undefined;
  const acceptedAt = means.acceptedAt();
  const judgement = judgeBallot(rules, optionIds, acceptedAt / 1_000);
  const isByTime =
    !judgement.fits && (judgement.code === 'poll_closed' || judgement.code === 'poll_not_open');
  if (isByTime && !mustBeFresh) return judge(means, pollId, optionIds, true);
  return { rules, acceptedAt, judgement };
}
