import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs, wallClockMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { KafkaConfig } from '../config.ts';
import { GRACE_MS } from '../domain/closing.ts';
import { MARKER } from '../kafka/ballotRecord.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import type { Sql } from '../sql/client.ts';
import { CLOSING_PAGE, closeEndedPolls, finalizePolls, someResultsAreDue } from '../sql/pollEnds.ts';

// Markers mostly come through in some tens of milliseconds. Behind a backlog, the next call will see them.
const LONGEST_WAIT_MS = 500;
const PAUSE_MS = 100;

/** What closing works with. */
export interface ClosingDeps {
  sql: Sql;
  producer: Producer;
  kafka: Pick<KafkaConfig, 'standingsPartitions'>;
  /** Of the topic `votes`, as Kafka has it now: results that wait for fewer would be final too early. */
  countPartitions(): Promise<number>;
}

/** Takes polls that have ended from the leaderboard's index.
 * @param deadline of the monotonic clock; what is left then is for the next call */
export async function closePolls({ sql }: ClosingDeps, deadline: number): Promise<void> {
  await pageByPage(() => closeEndedPolls(sql, wallClockMs()), CLOSING_PAGE, deadline);
}

/**
 * Makes results final where all votes are in. A marker down every partition makes sure that the end of each is
 * reached: on a quiet one, no vote would come by to show that there are none left. The rules that castVote keeps in
 * memory need no time of their own, however old they are: a vote that they let through after the end is rejected by
 * its own time, before the results are final and after.
 *
 * @param by of the monotonic clock; what is not counted then is for the next call
 * @returns how many polls still wait for their results to become final
 */
export async function makeResultsFinal(deps: ClosingDeps, by: number): Promise<number> {
  const { sql, producer, countPartitions } = deps;
  const now = wallClockMs();
  if (!(await someResultsAreDue(sql, GRACE_MS, now))) return 0;
  // After `now`: partitions that are added later hold no vote of a poll that is due by then.
  const partitions = await countPartitions();
  const finalize = () => finalizePolls(sql, partitions, GRACE_MS, now);
  let waiting = await finalize();
  if (waiting === 0) return 0;
  await sendMarkers(producer, partitions);
  const deadline = Math.min(by, deadlineIn(LONGEST_WAIT_MS));
  while (waiting > 0 && monotonicMs() < deadline) {
    await delay(PAUSE_MS);
    waiting = await finalize();
  }
  return waiting;
}

async function sendMarkers(producer: Producer, partitions: number): Promise<void> {
  const markers = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    key: null,
    value: MARKER,
  }));
  await producer.produce(topics.votes, markers);
}
