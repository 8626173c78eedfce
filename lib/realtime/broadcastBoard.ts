import { deadlineIn, monotonicMs, wallClockMs } from '../clock.ts';
import type { LeaderboardInit, LeaderboardUpdate } from '../contract/messageTypes.ts';
import { BOARD_SIZE, type BoardDelta, type BoardEntry, diffBoards } from '../domain/leaderboard.ts';
import { UnavailableError } from '../errors.ts';
import { log } from '../log.ts';
import { loadBoard, markBoardPosted, readLeaderboard, saveBoard, setNextBoardDue } from '../sql/boards.ts';
import {
  CONNECTIONS_PAGE,
  type Connection,
  listFollowers,
  listWaitingConnections,
} from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import { clearBoardDue, makeFollowersDue, setBoardDue } from '../sql/dueViewers.ts';
import { type Delivery, type FanOut, type FanOutResult, POSTING_MS } from './post/fanOut.ts';
import { type Remembered, rememberResult } from './rememberResult.ts';

interface BoardStep {
  version: number;
  entries: BoardEntry[];
  /** `none` sends only to waiting connections, `delta` updates followers of the previous version. `whole`
   * resends the board to all, since an interrupted invocation leaves unknown which of them it reached. */
  news: { kind: 'none' } | { kind: 'delta'; delta: BoardDelta } | { kind: 'whole' };
}

async function advanceBoard(database: Database, shard: number): Promise<BoardStep> {
  const setNextDue = (isDue: boolean) => database.run((sql) => setNextBoardDue(sql, shard, isDue));
  const sent = await database.run((sql) => loadBoard(sql, shard));
  const isUnfinished = sent.postedVersion < sent.version;
  if (sent.isRecent && !isUnfinished) {
    // A change may be pending that no later record will announce, so another look is scheduled.
    if (!sent.isNextDue) await setNextDue(true);
    return { version: sent.version, entries: sent.entries, news: { kind: 'none' } };
  }
  const entries = await database.run((sql) => readLeaderboard(sql, BOARD_SIZE));
  const delta = diffBoards(sent.entries, entries);
  if (delta.changed.length === 0 && delta.left.length === 0) {
    if (sent.isNextDue) await setNextDue(false);
    return { version: sent.version, entries: sent.entries, news: { kind: isUnfinished ? 'whole' : 'none' } };
  }
  // Saved before it is posted: after a crash in between, two different boards would have the same version.
  const isSaved = await database.run((sql) => saveBoard(sql, shard, sent.version, entries));
  if (!isSaved) throw new UnavailableError(`Another invocation updated the leaderboard of shard ${shard}.`);
  const news = isUnfinished ? ({ kind: 'whole' } as const) : ({ kind: 'delta', delta } as const);
  return { version: sent.version + 1, entries, news };
}

/** The recipients of a round: those that wait, then the followers page by page if there is news for them. */
async function* audienceOf(
  database: Database,
  shard: number,
  { news }: BoardStep,
): AsyncIterable<Connection> {
  yield* await database.run((sql) => listWaitingConnections(sql, shard));
  if (news.kind === 'none') return;
  let last: Connection | undefined;
  do {
    const page: Connection[] = await database.run((sql) => listFollowers(sql, shard, last?.id));
    yield* page;
    last = page.length < CONNECTIONS_PAGE ? undefined : page.at(-1);
  } while (last);
}

/** The connections whose turn came before the deadline. */
interface Served {
  waiting: Connection[];
  /** Followers up to this id. */
  lastFollower: string;
  isEverybody: boolean;
}

async function* deliveries(
  { version, entries, news }: BoardStep,
  audience: AsyncIterable<Connection>,
  deadline: number,
  served: Served,
): AsyncIterable<Delivery> {
  const toBytes = (message: object) => Buffer.from(JSON.stringify(message));
  const whole = toBytes(leaderboardInit(version, entries));
  const update = news.kind === 'delta' ? toBytes(leaderboardUpdate(version, news.delta)) : whole;
  for await (const connection of audience) {
    served.isEverybody = monotonicMs() < deadline;
    if (!served.isEverybody) return;
    const { id, dueAt, isYoung } = connection;
    if (dueAt === null) served.lastFollower = id;
    else served.waiting.push(connection);
    yield { connectionId: id, payload: dueAt === null ? update : whole, isYoung };
  }
}

const onBoard: Remembered<Pick<Connection, 'id' | 'dueAt'>> = {
  connectionOf: ({ id }) => id,
  setDue: (sql, connections, seconds) =>
    setBoardDue(
      sql,
      connections.map(({ id }) => id),
      seconds,
    ),
  clearDue: clearBoardDue,
};

const UNREACHED = 'The round ended before it reached some followers of the board; a later round serves them.';

/** Makes the board due for followers whose turn did not come. */
async function makeOthersDue(database: Database, shard: number, { lastFollower }: Served): Promise<void> {
  let followers = 0;
  let marked: number;
  do {
    marked = await database.run((sql) => makeFollowersDue(sql, shard, lastFollower));
    followers += marked;
  } while (marked > 0);
  if (followers > 0) log.info(UNREACHED, { shard, followers });
}

function report(shard: number, { delivered, gone, missed, retries }: FanOutResult): void {
  if (gone.length === 0 && missed.length === 0) return;
  const reasons: Record<string, number> = {};
  for (const { reason } of missed) reasons[reason] = (reasons[reason] ?? 0) + 1;
  log.info('Some viewers were not reached.', {
    shard,
    delivered,
    gone: gone.length,
    missed: reasons,
    retries,
  });
}

/** Runs one round of a shard: sends followers the difference between the last posted board and the current
 * one, if there is any and a second has passed, and waiting connections the whole board. Those whose turn does not come
 * by the deadline get the whole board from a later round.
 * @param deadline of the monotonic clock */
export async function broadcastBoard(
  database: Database,
  fanOut: FanOut,
  shard: number,
  deadline = deadlineIn(POSTING_MS),
): Promise<void> {
  const step = await advanceBoard(database, shard);
  const hasNews = step.news.kind !== 'none';
  const served: Served = { waiting: [], lastFollower: '', isEverybody: true };
  const result = await fanOut(deliveries(step, audienceOf(database, shard, step), deadline, served));
  // Before those that waited and were reached become followers.
  if (hasNews && !served.isEverybody) await makeOthersDue(database, shard, served);
  const sentTo = (missed: Set<string>) => [...missed].map((id) => ({ id, dueAt: null }));
  await rememberResult(database, result, { sentTo, waiting: served.waiting, late: [] }, onBoard);
  report(shard, result);
  // Last, so the next round repairs an interrupted one.
  if (hasNews) await database.run((sql) => markBoardPosted(sql, shard, step.version));
}

/** The message with a shard's whole leaderboard. */
export function leaderboardInit(version: number, data: BoardEntry[]): LeaderboardInit {
  return { type: 'LEADERBOARD_INIT', data, version, timestamp: new Date(wallClockMs()).toISOString() };
}

/** The message that updates the leaderboard from the previous version. */
function leaderboardUpdate(version: number, delta: BoardDelta): LeaderboardUpdate {
  return {
    type: 'LEADERBOARD_UPDATE',
    base_version: version - 1,
    version,
    changed: delta.changed,
    left: delta.left,
    timestamp: new Date(wallClockMs()).toISOString(),
  };
}
