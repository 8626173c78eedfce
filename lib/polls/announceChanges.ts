import { deadlineIn, wallClockMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import { isHopeless } from '../errors.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import { PRODUCE_PATIENCE_MS, type Producer } from '../kafka/producer.ts';
import { outages } from '../outages.ts';
import { announceDeletions, announceStates, DELETIONS_PAGE, STATES_PAGE } from '../sql/announcements.ts';
import type { Sql } from '../sql/client.ts';
import type { Database } from '../sql/database.ts';
import { listOpenedPolls, OPENINGS_PAGE, type Opening } from '../sql/pollEnds.ts';

const WHAT = 'Announcing changes of polls';

// Kafka takes some milliseconds, or a new connection first: what was begun in time is not given up at once.
const MIN_PATIENCE_MS = 1_000;

/** Has all viewers told of these polls. What Kafka will never take is passed over: who watches one of them hears of
 * it by the sweep, which looks for what viewers do not know.
 * @throws {UnavailableError} when Kafka does not take it for now */
async function announce(
  producer: Producer,
  shards: number,
  pollIds: string[],
  deadline: number,
): Promise<void> {
  try {
    const patientUntil = Math.max(deadline, deadlineIn(MIN_PATIENCE_MS));
    await announcePolls(producer, shards, pollIds, patientUntil);
  } catch (error) {
    if (!isHopeless(error)) throw error;
    outages.fault(WHAT, error, 'hopeless');
  }
}

/** Has all viewers told of the polls whose state has changed, and of those that were deleted, oldest first.
 * @param shards partitions of the topic `standings`
 * @param deadline of the monotonic clock; what is left then is for the next call */
export async function announceChanges(
  sql: Sql,
  producer: Producer,
  shards: number,
  deadline = deadlineIn(PRODUCE_PATIENCE_MS),
): Promise<void> {
  const tell = (pollIds: string[]) => announce(producer, shards, pollIds, deadline);
  await pageByPage(() => announceStates(sql, tell, wallClockMs()), STATES_PAGE, deadline);
  await pageByPage(() => announceDeletions(sql, tell), DELETIONS_PAGE, deadline);
}

/** Has all viewers told of polls that opened.
 * @param opening where the last call has got to; moves on with what is told */
export async function announceOpenings(
  sql: Sql,
  producer: Producer,
  shards: number,
  opening: { last: Opening },
  deadline: number,
): Promise<void> {
  const now = wallClockMs();
  const tellPage = async () => {
    const opened = await listOpenedPolls(sql, opening.last, now);
    const pollIds = opened.map(({ pollId }) => pollId);
    await announce(producer, shards, pollIds, deadline);
    opening.last = opened.at(-1) ?? opening.last;
    return opened.length;
  };
  await pageByPage(tellPage, OPENINGS_PAGE, deadline);
}

// An owner who waits for an answer waits no longer for this.
const PATIENCE_MS = 2_000;

/** `announceChanges` for who has just changed something, and is answered either way: what cannot be told now,
 * the schedule tells within a minute. */
export async function announceSoon(database: Database, producer: Producer, shards: number): Promise<void> {
  await outages
    .watch(WHAT, () => database.run((sql) => announceChanges(sql, producer, shards, deadlineIn(PATIENCE_MS))))
    .catch(() => {});
}
