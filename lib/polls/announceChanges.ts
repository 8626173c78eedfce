import { deadlineIn } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import { isPermanent } from '../errors.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import { PRODUCE_TIMEOUT_MS, type Producer } from '../kafka/producer.ts';
import { outages } from '../outages.ts';
import { announceDeletions, announceStates, DELETIONS_PAGE, STATES_PAGE } from '../sql/announcements.ts';
import type { Sql } from '../sql/client.ts';
import type { Database } from '../sql/database.ts';
import { databaseNow } from '../sql/databaseClock.ts';
import { listOpenedPolls, OPENINGS_PAGE, type Opening, openingsAfter } from '../sql/pollEnds.ts';

const WHAT = 'Announcing poll changes';

// Kafka takes milliseconds, but may need a new connection first, so a send is not cut off at the deadline.
const MIN_TIMEOUT_MS = 1_000;

/** Announces polls to all shards. Skips polls that Kafka rejects permanently; the sweep finds viewers with
 * stale state.
 * @throws {UnavailableError} when Kafka is unavailable */
async function announce(
  producer: Producer,
  shards: number,
  pollIds: string[],
  deadline: number,
): Promise<void> {
  try {
    const patientUntil = Math.max(deadline, deadlineIn(MIN_TIMEOUT_MS));
    await announcePolls(producer, shards, pollIds, patientUntil);
    outages.success(WHAT, 'permanent');
  } catch (error) {
    if (!isPermanent(error)) throw error;
    outages.fault(WHAT, error, 'permanent');
  }
}

/** Announces changed and deleted polls to all shards, oldest first.
 * @param shards partitions of the topic `standings`
 * @param deadline on the monotonic clock; the next call continues from there */
export async function announceChanges(
  sql: Sql,
  producer: Producer,
  shards: number,
  deadline = deadlineIn(PRODUCE_TIMEOUT_MS),
): Promise<void> {
  const announcePage = (pollIds: string[]) => announce(producer, shards, pollIds, deadline);
  const now = await databaseNow(sql);
  await pageByPage(() => announceStates(sql, announcePage, now), STATES_PAGE, deadline);
  await pageByPage(() => announceDeletions(sql, announcePage), DELETIONS_PAGE, deadline);
}

// Repeats the openings of a whole earlier invocation, and more, in case it announced none; viewers get them once.
const LOOK_BACK_MS = 120_000;

/** Announces opened polls to all shards.
 * @param opening the position of the last call, at first none; advances with each page */
export async function announceOpenings(
  sql: Sql,
  producer: Producer,
  shards: number,
  opening: { last?: Opening },
  deadline: number,
): Promise<void> {
  const now = await databaseNow(sql);
  let last = opening.last ?? openingsAfter(now - LOOK_BACK_MS);
  const announcePage = async () => {
    const opened = await listOpenedPolls(sql, last, now);
    const pollIds = opened.map(({ pollId }) => pollId);
    await announce(producer, shards, pollIds, deadline);
    last = opened.at(-1) ?? last;
    opening.last = last;
    return opened.length;
  };
  await pageByPage(announcePage, OPENINGS_PAGE, deadline);
}

// The owner's response waits for this.
const TIMEOUT_MS = 2_000;

/** Never throws: if the announcement fails, the schedule repeats it within a minute. */
export async function tryToAnnounce(database: Database, producer: Producer, shards: number): Promise<void> {
  await outages
    .watch(WHAT, () => database.run((sql) => announceChanges(sql, producer, shards, deadlineIn(TIMEOUT_MS))))
    .catch(() => {});
}
