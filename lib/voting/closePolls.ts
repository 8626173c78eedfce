import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaConfig } from '../config.ts';
import { GRACE_MS } from '../domain/grace.ts';
import { MARKER } from '../kafka/ballotRecord.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import type { Sql } from '../sql/client.ts';
import { closeEndedPolls } from '../sql/closeEndedPolls.ts';
import { finalizePolls } from '../sql/finalizePolls.ts';
import { someResultsAreDue } from '../sql/someResultsAreDue.ts';
import { announceChanges } from './announceChanges.ts';

// Markers mostly come through in some tens of milliseconds. Behind a backlog, the next call will see them.
const LONGEST_WAIT_MS = 5_000;
const PAUSE_MS = 100;

/** What the schedule works with. */
export interface ClosingMeans {
  sql: Sql;
  producer: Producer;
  kafka: Pick<KafkaConfig, 'standingsPartitions'>;
  /** Of the topic `votes`, as Kafka has it now: results that wait for fewer would be final too early. */
  countPartitions(): Promise<number>;
}

/**
 * Does what is due at the end of polls: takes them from the leaderboard's index, makes their results final once all
 * votes are in, and has both told. A marker down every partition makes sure that the end of each is reached: on a
 * quiet one, no vote would come by to show that there are none left. The rules that castVote keeps in memory need no
 * time of their own, however old they are: a vote that they let through after the end is rejected by its own time,
 * before the results are final and after.
 *
 * @returns how many polls still wait for their results to become final
 */
export async function closePolls({ sql, producer, kafka, countPartitions }: ClosingMeans): Promise<number> {
  const now = Date.now();
  const announce = () => announceChanges(sql, producer, kafka.standingsPartitions);
  await closeEndedPolls(sql, now);
  if (!(await someResultsAreDue(sql, GRACE_MS, now))) {
    await announce();
    return 0;
  }
  const partitions = await countPartitions();
  const finalize = () => finalizePolls(sql, partitions, GRACE_MS, now);
  let waiting = await finalize();
  await announce();
  if (waiting === 0) return 0;
  await sendMarkers(producer, partitions);
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (waiting > 0 && Date.now() < deadline) {
    await delay(PAUSE_MS);
    waiting = await finalize();
  }
  await announce();
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
