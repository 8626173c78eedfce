import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { deadlineIn } from '../../../lib/clock.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { createSeen } from '../../../lib/kafka/seen.ts';
import { broadcastBoard } from '../../../lib/realtime/broadcastBoard.ts';
import { broadcastPolls } from '../../../lib/realtime/broadcastPolls.ts';
import type { FanOut } from '../../../lib/realtime/post/fanOut.ts';
import { createSlowViewers } from '../../../lib/realtime/post/slowViewers.ts';
import { serveShard } from '../../../lib/realtime/serveShard.ts';
import { insertConnections } from '../../../lib/sql/connections.ts';
import { listDueShards } from '../../../lib/sql/dueShards.ts';
import { insertSubscription, MAX_SUBSCRIBERS } from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { manyPolls } from '../../support/database/manyPolls.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { passTime } from '../../support/passTime.ts';
import {
  type ConnectionsStandIn,
  fanOutTo,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';
import { endPause } from './boardFixture.ts';

const SHARD = 1;
/** Longer than a test takes, so that only `passTime` ends it. */
const POSTING_MS = 3_600_000;
const PACE = { postsPerSecond: 8_000, tickMs: 0 };
const receipts = createReceipts([{ kid: 'k1', secret: 's'.repeat(32) }]);

let database: FreshDatabase;
let api: ConnectionsStandIn;
let fanOut: FanOut;

beforeAll(async () => {
  api = await startConnectionsStandIn();
  fanOut = fanOutTo(api);
});
afterAll(() => api.stop());

beforeEach(async () => {
  database = await freshDatabase();
  api.reset();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await database.end();
});

/** Each fan-out has time for so many messages; then so much time has passed. */
const fewAtATime = (count: number, then = POSTING_MS, using = fanOut): FanOut => {
  return (deliveries) =>
    using(
      (async function* () {
        let posted = 0;
        for await (const delivery of deliveries) {
          yield delivery;
          posted += 1;
          if (posted === count) passTime(then);
        }
      })(),
    );
};

/** Serves the shard once, polls and board. */
const serve = (using: FanOut, pollIds: string[] = []) =>
  serveShard(
    {
      database: databaseOn(database.sql),
      fanOutOf: () => using,
      deliverDirect: async () => {},
      delivered: createSeen(),
      pace: PACE,
      postingMs: POSTING_MS,
      receipts,
    },
    {
      key: `standings-${SHARD}`,
      partition: SHARD,
      firstOffset: 0,
      end: { appendTime: 0, offset: 0 },
      decoded: [{ value: { type: 'polls', pollIds }, position: { appendTime: 0, offset: 0 } }],
    },
  );

const servePolls = (using: FanOut, pollIds: string[] = []) =>
  broadcastPolls(databaseOn(database.sql), using, SHARD, pollIds, PACE, deadlineIn(POSTING_MS));

const isDue = async () => (await listDueShards(database.sql, SHARD + 1)).length > 0;

/** @returns how many rounds it took */
async function serveUntilNothingIsDue(round: () => Promise<unknown>): Promise<number> {
  let rounds = 0;
  for (; await isDue(); rounds += 1) await round();
  return rounds;
}

async function watch(connectionId: string, ...polls: Pick<NewPoll, 'id'>[]): Promise<void> {
  const hasVoted = false;
  for (const { id: pollId } of polls) {
    const asked = { connectionId, newShard: SHARD, pollId, hasVoted, askedAt: Date.now() };
    await insertSubscription(database.sql, asked);
  }
}

/** Everybody has got what there is, board and polls. */
async function settle(polls: Pick<NewPoll, 'id'>[]): Promise<void> {
  await serve(
    fanOut,
    polls.map(({ id }) => id),
  );
  api.reset();
}

const voteFor = (...polls: NewPoll[]) =>
  tallyBallots(database.sql, batchOf(polls.map((poll) => someBallot(poll))));

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix} ${at}`);

const somePolls = (count: number) => Promise.all(Array.from({ length: count }, () => somePoll(database.sql)));

/** What a connection has been told of polls, or of the board. */
const polls = (id: string) => api.received(id).filter(({ type }) => type.startsWith('POLL'));
const boards = (id: string) => api.received(id).filter(({ type }) => type.startsWith('LEADERBOARD'));

describe('a round with more messages than it has time for', () => {
  test('ends in time, and later rounds reach the others, each once, with polls and board', async () => {
    const watched = await somePolls(3);
    const viewers = names('viewer', 300);
    for (const [at, id] of viewers.entries()) await watch(id, watched[at % 3] as NewPoll);
    await settle(watched);
    await voteFor(...watched);
    await endPause(database.sql);

    const some = fewAtATime(120);
    await serve(
      some,
      watched.map(({ id }) => id),
    );
    expect(viewers.filter((id) => polls(id).length > 0)).toHaveLength(120);
    expect(viewers.filter((id) => boards(id).length > 0)).toHaveLength(120);

    expect(await serveUntilNothingIsDue(() => serve(some))).toBe(2);
    for (const id of viewers) {
      expect([polls(id).length, boards(id).length]).toEqual([1, 1]);
      const [last] = polls(id);
      expect(last?.type === 'POLL_INIT' ? last.poll : last).toMatchObject({ version: 2, total_votes: 1 });
    }
  });

  test('serves first who has waited longest, and disconnects nobody', async () => {
    const [poll] = (await somePolls(1)) as [NewPoll];
    const viewers = names('viewer', 40);
    for (const id of viewers) await watch(id, poll);
    await settle([poll]);
    const disconnected: string[] = [];
    let now = 0;
    const withoutSlow = createSlowViewers(
      async (ids) => {
        disconnected.push(...ids);
        return ids;
      },
      () => now,
    );
    const some = withoutSlow(fewAtATime(10));
    for (let rounds = 0; rounds < 8; rounds += 1) {
      await voteFor(poll);
      await endPause(database.sql);
      await serve(some, [poll.id]);
      now += 60_000;
    }
    for (const id of viewers) expect([polls(id).length, boards(id).length]).toEqual([2, 2]);
    expect(disconnected).toEqual([]);
  });

  test('sends each connection its first message before the second of any', async () => {
    const many = await somePolls(6);
    const [single] = (await somePolls(1)) as [NewPoll];
    await watch('many', ...many);
    await watch('one', single);
    await settle([...many, single]);
    await voteFor(...many, single);
    await servePolls(
      fewAtATime(2),
      [...many, single].map(({ id }) => id),
    );
    expect([polls('many').length, polls('one').length]).toEqual([1, 1]);
    await serveUntilNothingIsDue(() => servePolls(fewAtATime(2)));
    expect([polls('many').length, polls('one').length]).toEqual([6, 1]);
  });

  test('tells all viewers of a deleted poll, each once, before it forgets them', async () => {
    const [poll] = (await somePolls(1)) as [NewPoll];
    const viewers = names('viewer', 5);
    for (const id of viewers) await watch(id, poll);
    await settle([poll]);
    await database.sql`delete from polls`;
    await servePolls(fewAtATime(2), [poll.id]);
    await serveUntilNothingIsDue(() => servePolls(fewAtATime(2)));
    for (const id of viewers) expect(api.received(id)).toEqual([{ type: 'POLL_DELETED', poll_id: poll.id }]);
    expect(await database.sql`select from subscriptions`).toHaveLength(0);
  });
});

describe('a round with several pages of polls', () => {
  const HALF_MS = POSTING_MS / 2;
  const PAGE = 500;
  let first: string[];
  let second: string[];

  /** The first page has two viewers of each poll, the second page one. */
  beforeEach(async () => {
    const { sql } = database;
    const ids = await manyPolls(sql, PAGE + 2, { endsAt: Date.now() + 86_400_000 });
    first = ids.slice(0, PAGE);
    second = ids.slice(PAGE);
    await insertConnections(
      sql,
      ['a', 'b', 'c'].map((id) => ({ id, shard: SHARD })),
    );
    await sql`
      insert into subscriptions (connection_id, poll_id, shard, has_voted)
      select connection_id, poll_id, ${SHARD}, false
      from polls, (values ('a'), ('b'), ('c')) as given (connection_id)
      where (connection_id < 'c') = (poll_id = any(${`{${first.join()}}`}::uuid[]))`;
    await sql`update connections set board_due_at = null`;
  });

  const named = () => [...first, ...second];

  test('leaves a later page its share of the time', async () => {
    const slow = [fewAtATime(1, HALF_MS)];
    await servePolls((deliveries) => (slow.pop() ?? fanOut)(deliveries), named());
    expect([api.posts('a') + api.posts('b'), api.posts('c')]).toEqual([1, 2]);
    await serveUntilNothingIsDue(() => servePolls(fewAtATime(600)));
    expect(['a', 'b', 'c'].map(api.posts)).toEqual([PAGE, PAGE, 2]);
  });

  test('makes polls due for which no time is left', async () => {
    await settle(named().map((id) => ({ id })));
    await database.sql`update polls set state_version = state_version + 1`;
    expect(await servePolls(fewAtATime(1), named())).toBe(true);
    expect([api.posts('a') + api.posts('b'), api.posts('c')]).toEqual([1, 0]);
    await serveUntilNothingIsDue(() => servePolls(fewAtATime(600)));
    expect(['a', 'b', 'c'].map(api.posts)).toEqual([PAGE, PAGE, 2]);
  });
});

describe('more subscribers than are listed at once', () => {
  let reached: Map<string, number>;
  let largest: number;

  beforeEach(() => {
    reached = new Map();
    largest = 0;
  });

  const reachAll: FanOut = async (deliveries) => {
    let delivered = 0;
    for await (const { connectionId } of deliveries) {
      reached.set(connectionId, (reached.get(connectionId) ?? 0) + 1);
      delivered += 1;
    }
    largest = Math.max(largest, delivered);
    return { delivered, gone: [], missed: [], retries: 0 };
  };

  async function crowd(prefix: string, { id }: NewPoll, count: number): Promise<void> {
    const { sql } = database;
    await sql`
      insert into connections (connection_id, shard, board_due_at)
      select ${prefix} || at, ${SHARD}, null from generate_series(1, ${count}::integer) as given (at)`;
    await sql`
      insert into subscriptions (connection_id, poll_id, shard, has_voted)
      select ${prefix} || at, ${id}, ${SHARD}, false from generate_series(1, ${count}::integer) as given (at)`;
  }

  const expectEachOnce = (count: number) => {
    expect(reached.size).toBe(count);
    expect(Math.max(...reached.values())).toBe(1);
    expect(largest).toBeLessThanOrEqual(MAX_SUBSCRIBERS);
  };

  test('are reached once, poll by poll', async () => {
    const watched = await somePolls(3);
    const each = Math.ceil(MAX_SUBSCRIBERS / 2);
    for (const [at, poll] of watched.entries()) await crowd(`of ${at} `, poll, each);
    await servePolls(
      reachAll,
      watched.map(({ id }) => id),
    );
    expectEachOnce(3 * each);
    expect(await isDue()).toBe(false);
  });

  test('of one poll are reached once, page by page', async () => {
    const [poll] = (await somePolls(1)) as [NewPoll];
    await crowd('', poll, MAX_SUBSCRIBERS + 10);
    await servePolls(reachAll, [poll.id]);
    expectEachOnce(MAX_SUBSCRIBERS + 10);
    expect(await isDue()).toBe(false);
  });

  test('of one poll have their turn in later rounds if the time ends on the first page', async () => {
    const [poll] = (await somePolls(1)) as [NewPoll];
    await crowd('', poll, MAX_SUBSCRIBERS + 10);
    await servePolls(fewAtATime(20_000, POSTING_MS, reachAll), [poll.id]);
    expect(reached.size).toBe(20_000);
    await serveUntilNothingIsDue(() => servePolls(reachAll));
    expectEachOnce(MAX_SUBSCRIBERS + 10);
  });
});

describe('two rounds of a shard at once', () => {
  const V = 'viewer';
  let poll: NewPoll;

  beforeEach(async () => {
    [poll] = (await somePolls(1)) as [NewPoll];
    await watch(V, poll);
    await voteFor(poll);
    await settle([poll]);
  });

  /** The younger round runs as soon as the older one has posted, and does not reach the viewer. */
  const overtakenBy =
    (younger: () => Promise<unknown>): FanOut =>
    async (deliveries) => {
      const result = await fanOut(deliveries);
      api.behave(V, 429);
      await younger();
      api.behave(V, 200);
      return result;
    };

  test('keep a message due that the younger one of them missed', async () => {
    await database.sql`update subscriptions set due_at = now()`;
    const older = overtakenBy(async () => {
      await voteFor(poll);
      await servePolls(fanOut, [poll.id]);
    });
    await servePolls(older);
    expect(polls(V)).toMatchObject([{ poll: { total_votes: 1 } }]);
    await database.sql`update subscriptions set due_at = now() where due_at is not null`;
    await servePolls(fanOut);
    expect(polls(V).at(-1)).toMatchObject({ poll: { total_votes: 2 } });
  });

  test('keep a board due that the younger one of them missed', async () => {
    const board = (using: FanOut) => broadcastBoard(databaseOn(database.sql), using, SHARD);
    await database.sql`update connections set board_due_at = now()`;
    const older = overtakenBy(async () => {
      await voteFor(poll);
      await endPause(database.sql);
      await board(fanOut);
    });
    await board(older);
    expect(boards(V)).toMatchObject([{ data: [{ vote_count: 1 }] }]);
    await database.sql`update connections set board_due_at = now() where board_due_at is not null`;
    await board(fanOut);
    expect(boards(V).at(-1)).toMatchObject({ data: [{ vote_count: 2 }] });
  });
});
