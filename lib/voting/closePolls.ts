import { setTimeout as delay } from 'node:timers/promises';
import { pageByPage } from '../concurrency/pages.ts';
import type { KafkaConfig } from '../config.ts';
import { MARKER } from '../kafka/ballotRecord.ts';
import { PRODUCE_PATIENCE_MS, type Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import type { Sql } from '../sql/client.ts';
import { CLOSING_PAGE, closeEndedPolls } from '../sql/closeEndedPolls.ts';
import { finalizePolls } from '../sql/finalizePolls.ts';

// A vote is on its way into the log for so long at most; twice as much again is for clocks that differ. The rules
// that castVote keeps in memory need no time of their own, however old they are: a vote that they let through
// after the end is rejected by its own time, before the results are final and after.
export const GRACE_MS = 3 * PRODUCE_PATIENCE_MS;
// Markers mostly come through in some tens of milliseconds. Behind a backlog, the next call will see them.
const LONGEST_WAIT_MS = 5_000;
const PAUSE_MS = 100;

/** What the schedule works with. */
export interface ClosingMeans {
  sql: Sql;
  producer: Producer;
  kafka: Pick<KafkaConfig, 'votesPartitions' | 'standingsPartitions'>;
}

/** Takes polls that have ended from the leaderboard's index.
 * @param deadline milliseconds since 1970; what is left then is for the next call */
export async function closePolls({ sql }: ClosingMeans, deadline: number): Promise<void> {
  await pageByPage(() => closeEndedPolls(sql, Date.now()), CLOSING_PAGE, deadline);
}

/**
 * Makes results final where all votes are in. A marker down every partition makes sure that the end of each is
 * reached: on a quiet one, no vote would come by to show that there are none left.
 *
 * @returns how many polls still wait for their results to become final
 */
export async function makeResultsFinal({ sql, producer, kafka }: ClosingMeans): Promise<number> {
  const finalize = () => finalizePolls(sql, kafka.votesPartitions, GRACE_MS, Date.now());
  let waiting = await finalize();
  if (waiting === 0) return 0;
  await sendMarkers(producer, kafka.votesPartitions);
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (waiting > 0 && Date.now() < deadline) {
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
