import type { MSKRecord } from 'aws-lambda';
import type { Ballot } from '../domain/ballot.ts';
import { acceptanceTime, isAppendedInTime } from '../domain/closing.ts';
import { PoisonRecordError } from '../errors.ts';
import { decodeBallot, isMarker, readFirstAppendTime } from '../kafka/ballotRecord.ts';
import type { RecordPosition } from '../kafka/producer.ts';
import { type ReplySeal, readReplyTo } from '../kafka/replyTo.ts';
import type { BallotBatch } from '../sql/tallyBallots.ts';
import type { WaitingVote } from './notifyVoters.ts';

/** The parts of a record that its ballot is read from. */
export type BallotRecord = Pick<MSKRecord, 'partition' | 'offset' | 'timestamp' | 'headers'> & {
  key: string | null | undefined;
  value: string | null | undefined;
};

/** A record that no retry will make countable. */
export interface UnreadableRecord {
  record: MSKRecord;
  reason: string;
}

/** A ballot and its place in the log. */
export type LoggedBallot = Ballot & RecordPosition;

export interface ReadBatch extends BallotBatch {
  ballots: LoggedBallot[];
  unreadable: UnreadableRecord[];
  /** Ballots of WebSocket clients, to be notified of the outcome. */
  waiting: WaitingVote[];
}

/** Reads the ballots of one partition's records (at least one, in log order). Leaves out those appended too
 * late, whose voters got an error.
 * @param seal opens the waiting client's address; without it, no client waits */
export function readBallots(records: MSKRecord[], seal?: ReplySeal): ReadBatch {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) throw new RangeError('A batch has no records.');
  const batch: ReadBatch = {
    partition: first.partition,
    ballots: [],
    end: { appendTime: last.timestamp, offset: last.offset },
    unreadable: [],
    waiting: [],
  };
  for (const record of records) {
    if (!isMarker(record.value)) readInto(batch, record, seal);
  }
  return batch;
}

/** Reads a record's ballot, its place in the log and when it was first appended.
 * @throws {PoisonRecordError} if it has no valid ballot */
export function readBallot(record: BallotRecord): LoggedBallot {
  const ballot = decodeBallot(record.key, record.value);
  const { partition, offset, timestamp, headers } = record;
  const appendTime = readFirstAppendTime(headers) ?? timestamp;
  ballot.acceptedAt = acceptanceTime(ballot.acceptedAt, appendTime);
  return Object.assign(ballot, { partition, offset, appendTime });
}

function readInto(batch: ReadBatch, record: MSKRecord, seal: ReplySeal | undefined): void {
  const { ballots, unreadable, waiting } = batch;
  try {
    const ballot = readBallot(record);
    if (!isAppendedInTime(ballot.acceptedAt, ballot.appendTime)) return;
    ballots.push(ballot);
    const waiter = seal && readReplyTo(seal, record.headers);
    if (waiter) waiting.push({ waiter, vote: { ...ballot, isWithdrawal: ballot.choices === 0 } });
  } catch (error) {
    if (!(error instanceof PoisonRecordError)) throw error;
    unreadable.push({ record, reason: error.message });
  }
}
