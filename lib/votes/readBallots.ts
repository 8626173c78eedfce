import type { MSKRecord } from 'aws-lambda';
import { isAppendedInTime } from '../domain/closing.ts';
import { PoisonRecordError } from '../errors.ts';
import { type Ballot, decodeBallot, isMarker, readFirstAppendTime } from '../kafka/ballotRecord.ts';
import type { Place } from '../kafka/producer.ts';
import { type ReplySeal, readReplyTo } from '../kafka/replyTo.ts';
import type { BallotBatch } from '../sql/tallyBallots.ts';
import type { WaitingVote } from './notifyVoters.ts';

/** What is read of a record to find the ballot in it. */
export type BallotRecord = Pick<MSKRecord, 'partition' | 'offset' | 'timestamp' | 'headers'> & {
  key: string | null | undefined;
  value: string | null | undefined;
};

/** A record that no retry will make countable. */
export interface UnreadableRecord {
  record: MSKRecord;
  reason: string;
}

export interface ReadBatch extends BallotBatch {
  unreadable: UnreadableRecord[];
  /** Ballots of WebSocket clients, who are told what became of them. */
  waiting: WaitingVote[];
}

/** The ballots in the records of one partition, which are at least one and in the order of the log. Those that came
 * into the log too late are left out: their voters were told that they do not count.
 * @param seal opens who waits for word of them; without it, nobody does */
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

/** The ballot in a record, with its place in the log and the time at which it first came there.
 * @throws {PoisonRecordError} when there is none */
export function readBallot(record: BallotRecord): Ballot & Place {
  const ballot = decodeBallot(record.key, record.value);
  const { partition, offset, timestamp, headers } = record;
  return Object.assign(ballot, { partition, offset, appendTime: readFirstAppendTime(headers) ?? timestamp });
}

function readInto(batch: ReadBatch, record: MSKRecord, seal: ReplySeal | undefined): void {
  const { ballots, unreadable, waiting } = batch;
  try {
    const ballot = readBallot(record);
    if (!isAppendedInTime(ballot.acceptedAt, ballot.appendTime)) return;
    ballots.push(ballot);
    const waiter = seal && readReplyTo(seal, record.headers);
    if (waiter) waiting.push({ waiter, vote: ballot });
  } catch (error) {
    if (!(error instanceof PoisonRecordError)) throw error;
    unreadable.push({ record, reason: error.message });
  }
}
