import type { Ballot } from '../domain/ballot.ts';
import { isAppendedInTime } from '../domain/closing.ts';
import { PoisonRecordError } from '../errors.ts';
import type { DeadLetter } from '../kafka/deadLetter.ts';
import type { RecordPosition } from '../kafka/producer.ts';
import type { AnySql } from '../sql/client.ts';
import { databaseNow } from '../sql/databaseClock.ts';
import { findRedriven, findTooLate, findUnknownPolls } from '../sql/redriven.ts';
import { UNKNOWN_POLL } from '../votes/deadLetters.ts';
import { readBallot } from '../votes/readBallots.ts';

type Readable = { letter: DeadLetter; stoodAt: RecordPosition; ballot: Ballot & RecordPosition };

/** A dead letter that has not been sent again. */
export type ClassifiedLetter =
  | { canBeSent: false; letter: DeadLetter; obstacle: string }
  | ({ canBeSent: true } & Readable);

const NO_POSITION = "The record's headers lack its original position.";
const NEVER_COUNTS = 'The vote reached the log after the grace period, so it is never counted.';
const TOO_LATE = 'The poll has ended. Reopen it first: counting the vote now could change final results.';

/** Decides which of these letters can be sent to `votes` now. Leaves out those that were sent before. */
export async function classifyDeadLetters(sql: AnySql, letters: DeadLetter[]): Promise<ClassifiedLetter[]> {
  const read = (await withoutRedriven(sql, letters)).map(readLetter);
  const readable = read.filter((one) => one.canBeSent);
  const tooLate = await findTooLate(
    sql,
    readable.map(({ ballot }) => ballot),
    await databaseNow(sql),
  );
  const late = new Set(readable.filter((_, at) => tooLate[at]).map(({ letter }) => letter));
  const unknown = new Set(
    await findUnknownPolls(sql, [...new Set(readable.map(({ ballot }) => ballot.pollId))]),
  );
  return read.map((one) => {
    const { letter } = one;
    if (one.canBeSent && unknown.has(one.ballot.pollId))
      return { canBeSent: false, letter, obstacle: UNKNOWN_POLL };
    return late.has(letter) ? { canBeSent: false, letter, obstacle: TOO_LATE } : one;
  });
}

async function withoutRedriven(sql: AnySql, letters: DeadLetter[]): Promise<DeadLetter[]> {
  const placed = letters.filter(({ stoodAt }) => stoodAt);
  const isRedriven = await findRedriven(
    sql,
    placed.flatMap(({ stoodAt }) => stoodAt ?? []),
  );
  const redriven = new Set(placed.filter((_, at) => isRedriven[at]));
  return letters.filter((letter) => !redriven.has(letter));
}

function readLetter(letter: DeadLetter): ClassifiedLetter {
  const { stoodAt, record } = letter;
  if (!stoodAt) return { canBeSent: false, letter, obstacle: NO_POSITION };
  try {
    const ballot = readBallot({
      key: record.key?.toString('base64'),
      value: record.value?.toString('base64'),
      headers: record.headers,
      partition: stoodAt.partition,
      offset: stoodAt.offset,
      timestamp: stoodAt.appendTime,
    });
    return isAppendedInTime(ballot.acceptedAt, ballot.appendTime)
      ? { canBeSent: true, letter, stoodAt, ballot }
      : { canBeSent: false, letter, obstacle: NEVER_COUNTS };
  } catch (error) {
    if (!(error instanceof PoisonRecordError)) throw error;
    return { canBeSent: false, letter, obstacle: error.message };
  }
}
