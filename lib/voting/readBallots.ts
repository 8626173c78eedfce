import type { MSKRecord } from 'aws-lambda';
import { PoisonRecordError } from '../errors.ts';
import { decodeBallot, isMarker } from '../kafka/ballotRecord.ts';
import { readWaiter } from '../kafka/waiter.ts';
import type { BallotBatch } from '../sql/tallyBallots.ts';
import type { WaitingVote } from './tellWaiters.ts';

/** A record that no retry will make readable. */
export interface UnreadableRecord {
  record: MSKRecord;
  reason: string;
}

export interface ReadBatch extends BallotBatch {
  unreadable: UnreadableRecord[];
  /** Ballots of WebSocket clients, who are told what became of them. */
  waiting: WaitingVote[];
}

/** The ballots in the records of one partition, which are at least one and in the order of the log. */
export function readBallots(records: MSKRecord[]): ReadBatch {
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
    if (!isMarker(record.value)) readInto(batch, record);
  }
  return batch;
}

function readInto({ partition, ballots, unreadable, waiting }: ReadBatch, record: MSKRecord): void {
  try {
    const ballot = decodeBallot(record.key, record.value);
    const logged = Object.assign(ballot, { appendTime: record.timestamp, offset: record.offset });
    ballots.push(logged);
    const waiter = readWaiter(record.headers);
    if (waiter) waiting.push({ waiter, vote: { ...logged, partition } });
  } catch (error) {
    if (!(error instanceof PoisonRecordError)) throw error;
    unreadable.push({ record, reason: error.message });
  }
}
