import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { KafkaConfig } from '../config.ts';
import { GRACE_MS } from '../domain/closing.ts';
import { MARKER, markHeaders } from '../kafka/ballotRecord.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import type { Sql } from '../sql/client.ts';
import { databaseNow } from '../sql/databaseClock.ts';
import { CLOSING_PAGE, closeEndedPolls, drawMark, finalizePolls, findDueResults } from '../sql/pollEnds.ts';

// Markers usually pass within tens of milliseconds. Behind a backlog, the next call sees them.
const MAX_WAIT_MS = 500;
const PAUSE_MS = 100;

export interface ClosingDeps {
  sql: Sql;
  producer: Producer;
  kafka: Pick<KafkaConfig, 'standingsPartitions'>;
  /** Partitions of the topic `votes`, read from Kafka: too few would make results final early. */
  countPartitions(): Promise<number>;
}

/** Removes ended polls from the leaderboard's index.
 * @param deadline on the monotonic clock; the next call continues from there */
export async function closePolls({ sql }: ClosingDeps, deadline: number): Promise<void> {
  const now = await databaseNow(sql);
  await pageByPage(() => closeEndedPolls(sql, now), CLOSING_PAGE, deadline);
}

/** Makes results final once all votes are counted. For that it appends a marker to each partition: what is counted
 * past it has all the votes. Times would not prove that, because they come again when a clock is set back. Stale rules
 * in castVote's cache need no extra wait: votes that they accept after the end are rejected by acceptance time, before
 * and after results are final.
 * @param by on the monotonic clock; the next call continues from there
 * @returns the number of polls that still wait for final results */
export async function makeResultsFinal(deps: ClosingDeps, by: number): Promise<number> {
  const { sql, producer, countPartitions } = deps;
  const now = await databaseNow(sql);
  const { areDue, areHeld } = await findDueResults(sql, GRACE_MS, now);
  if (!areDue) return 0;
  // After `now`: partitions added later contain no vote of a poll that is due.
  const partitions = await countPartitions();
  const finalize = () => finalizePolls(sql, partitions, GRACE_MS, now);
  let waiting = await finalize();
  // Markers change nothing until a replay ends. A replay that was stopped and forgotten would make this send markers
  // for ever.
  if (waiting === 0 || areHeld) return waiting;
  await sendMarkers(producer, partitions, await drawMark(sql, GRACE_MS, now));
  const deadline = Math.min(by, deadlineIn(MAX_WAIT_MS));
  while (waiting > 0 && monotonicMs() < deadline) {
    await delay(PAUSE_MS);
    waiting = await finalize();
  }
  return waiting;
}

async function sendMarkers(producer: Producer, partitions: number, mark: number): Promise<void> {
  const headers = markHeaders(mark);
  const markers = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    key: null,
    value: MARKER,
    headers,
  }));
  await producer.produce(topics.votes, markers);
}
