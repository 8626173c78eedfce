import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LeaderboardInit } from '../../../lib/contract/messageTypes.ts';
import { broadcastBoard, leaderboardInit } from '../../../lib/realtime/broadcastBoard.ts';
import type { FanOut } from '../../../lib/realtime/post/fanOut.ts';
import { followBoard, loadBoard, readLeaderboard } from '../../../lib/sql/boards.ts';
import { insertConnections } from '../../../lib/sql/connections.ts';
import { listDueShards } from '../../../lib/sql/dueShards.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import {
  type ConnectionsStandIn,
  fanOutTo,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';
import { age, boardAfter, endPause, endRest, openPoll, setVotes } from './boardFixture.ts';

const SHARD = 3;
let database: FreshDatabase;
let api: ConnectionsStandIn;
let fanOut: FanOut;
let poll: string;

const roundAtOnce = (using = fanOut) => broadcastBoard(databaseOn(database.sql), using, SHARD);

/** A round a second or more after the one before. */
async function round(using = fanOut): Promise<void> {
  await endPause(database.sql);
  await roundAtOnce(using);
}

/** Connections that have their first board and follow. */
async function followers(...ids: string[]): Promise<void> {
  for (const id of ids) await insertConnections(database.sql, [{ id, shard: SHARD }]);
  await round();
  for (const id of ids) await age(database.sql, id);
}

async function registered(): Promise<string[]> {
  const rows = await database.sql`select connection_id from connections order by connection_id`;
  return rows.map((row) => row['connection_id']);
}

const types = (id: string) => api.received(id).map(({ type }) => type);

async function expectUpToDate(...ids: string[]): Promise<void> {
  const entries = await readLeaderboard(database.sql, 10);
  for (const id of ids) expect(boardAfter(api.received(id))).toMatchObject({ entries, gap: false });
}

beforeAll(async () => {
  api = await startConnectionsStandIn();
  fanOut = fanOutTo(api);
});
afterAll(() => api.stop());

beforeEach(async () => {
  database = await freshDatabase();
  poll = await openPoll(database.sql, 12);
  api.reset();
});
afterEach(() => database.end());

describe('a leaderboard round of a shard', () => {
  test('sends a new connection the whole leaderboard without a request', async () => {
    await insertConnections(database.sql, [{ id: 'empty', shard: SHARD }]);
    await round();
    expect(api.received('empty')).toMatchObject([{ type: 'LEADERBOARD_INIT', data: [], version: 0 }]);

    await setVotes(database.sql, poll, [5, 0, 7]);
    await insertConnections(database.sql, [{ id: 'new', shard: SHARD }]);
    await round();
    const [init] = api.received('new') as LeaderboardInit[];
    expect(init).toMatchObject({ type: 'LEADERBOARD_INIT', version: 1 });
    expect(init?.data.map(({ rank, vote_count }) => [rank, vote_count])).toEqual([
      [1, 7],
      [2, 5],
    ]);
    expect(Date.parse(init?.timestamp ?? '')).toBeLessThanOrEqual(Date.now());
  });

  test('sends followers only the difference', async () => {
    await setVotes(database.sql, poll, [5, 3, 1]);
    await followers('a', 'b');
    await setVotes(database.sql, poll, [5, 3, 4]);
    await round();
    const [, update] = api.received('a');
    expect(update).toMatchObject({ type: 'LEADERBOARD_UPDATE', base_version: 1, version: 2, left: [] });
    expect(update).toMatchObject({
      changed: [
        { position: 2, rank: 2, vote_count: 4 },
        { position: 1, rank: 3, vote_count: 3 },
      ],
    });
    await expectUpToDate('a', 'b');
  });

  test('names the options that left the top ten', async () => {
    await setVotes(database.sql, poll, [9, 9, 9, 9, 9, 9, 9, 9, 9, 1]);
    await followers('a');
    await setVotes(database.sql, poll, [9, 9, 9, 9, 9, 9, 9, 9, 9, 1, 2]);
    await round();
    expect(api.received('a')[1]).toMatchObject({ changed: [{ position: 10 }], left: [expect.any(String)] });
    await expectUpToDate('a');
  });

  test('posts nothing if the leaderboard did not change', async () => {
    await setVotes(database.sql, poll, [1]);
    await followers('a');
    await round();
    await setVotes(database.sql, poll, [1]);
    await round();
    expect(api.posts('a')).toBe(1);
  });

  test('does not affect other shards', async () => {
    await insertConnections(database.sql, [{ id: 'other', shard: SHARD + 1 }]);
    await setVotes(database.sql, poll, [1]);
    await round();
    expect(api.total()).toBe(0);
    expect(await loadBoard(database.sql, SHARD + 1)).toMatchObject({ version: 0 });
  });
});

describe('the pace of the leaderboard', () => {
  const dueShards = () => listDueShards(database.sql, SHARD + 1);

  test('is one change a second, of which the last is sent without another vote', async () => {
    await followers('a');
    for (const votes of [1, 2, 3]) {
      await setVotes(database.sql, poll, [votes]);
      await roundAtOnce();
    }
    expect(types('a')).toEqual(['LEADERBOARD_INIT', 'LEADERBOARD_UPDATE']);
    expect(await dueShards()).toEqual([]);

    await endPause(database.sql);
    expect(await dueShards()).toEqual([SHARD]);
    await roundAtOnce();
    expect(types('a')).toEqual(['LEADERBOARD_INIT', 'LEADERBOARD_UPDATE', 'LEADERBOARD_UPDATE']);
    await expectUpToDate('a');

    await roundAtOnce();
    await endPause(database.sql);
    await roundAtOnce();
    expect(await dueShards()).toEqual([]);
    expect(api.posts('a')).toBe(3);
  });

  test('does not make a new connection wait', async () => {
    await followers('a');
    await setVotes(database.sql, poll, [1]);
    await roundAtOnce();
    await insertConnections(database.sql, [{ id: 'new', shard: SHARD }]);
    await roundAtOnce();
    await expectUpToDate('new');
  });
});

describe('a connection without a leaderboard', () => {
  test('gets none until it asks, then the updates from that one on', async () => {
    await insertConnections(database.sql, [{ id: 'off', shard: SHARD, wantsBoard: false }]);
    await followers('a');
    await setVotes(database.sql, poll, [1]);
    await round();
    expect(api.posts('off')).toBe(0);

    const { version, entries } = await followBoard(database.sql, 'off', SHARD);
    await setVotes(database.sql, poll, [2]);
    await round();
    expect(types('off')).toEqual(['LEADERBOARD_UPDATE']);
    const seen = boardAfter([leaderboardInit(version, entries), ...api.received('off')]);
    expect(seen).toMatchObject({ entries: await readLeaderboard(database.sql, 10), gap: false });
    await expectUpToDate('a');
  });
});

describe('an unreachable connection', () => {
  test('is deleted when it is gone', async () => {
    await followers('a', 'gone');
    api.behave('gone', 410);
    await setVotes(database.sql, poll, [1]);
    await round();
    expect(await registered()).toEqual(['a']);
    await expectUpToDate('a');
  });

  test('gets its first message as soon as its $connect has returned', async () => {
    await insertConnections(database.sql, [{ id: 'young', shard: SHARD }]);
    api.behave('young', 410, 410, 200);
    await round();
    expect(types('young')).toEqual(['LEADERBOARD_INIT']);
    expect(await registered()).toEqual(['young']);
  });

  test('is kept while it is young, and gets its leaderboard later', async () => {
    await insertConnections(database.sql, [{ id: 'young', shard: SHARD }]);
    api.behave('young', 410);
    await round();
    expect(await registered()).toEqual(['young']);

    api.behave('young', 200);
    await endRest(database.sql);
    await round();
    expect(types('young')).toEqual(['LEADERBOARD_INIT']);
  });

  test('is retried within the round after 429 and 5xx', async () => {
    await followers('throttled', 'failed');
    api.behave('throttled', 429, 429, 200);
    api.behave('failed', 503, 200);
    await setVotes(database.sql, poll, [1]);
    await round();
    await expectUpToDate('throttled', 'failed');
    expect([api.posts('throttled'), api.posts('failed')]).toEqual([4, 3]);
  });

  test('gets the whole leaderboard after a missed round', async () => {
    await followers('a', 'throttled');
    api.behave('throttled', 429);
    await setVotes(database.sql, poll, [1]);
    await round();
    expect(await registered()).toEqual(['a', 'throttled']);

    api.behave('throttled', 200);
    await setVotes(database.sql, poll, [2]);
    await endRest(database.sql);
    await round();
    expect(types('throttled')).toEqual(['LEADERBOARD_INIT', 'LEADERBOARD_INIT']);
    expect(types('a')).toEqual(['LEADERBOARD_INIT', 'LEADERBOARD_UPDATE', 'LEADERBOARD_UPDATE']);
    await expectUpToDate('a', 'throttled');
  });

  test('does not delay the others if it never answers', async () => {
    await followers('a', 'mute', 'z');
    const othersWhenMuteWasAsked = new Promise<void>((resolve) => api.behave('mute', () => resolve()));
    await setVotes(database.sql, poll, [1]);
    await Promise.all([round(), othersWhenMuteWasAsked]);
    await expectUpToDate('a', 'z');

    // It rests: a round right after does not wait for it again.
    await setVotes(database.sql, poll, [2]);
    await round();
    expect(api.posts('mute')).toBe(2);
    await expectUpToDate('a', 'z');
  });
});

describe('an interrupted leaderboard round', () => {
  test('between saving and posting is repaired by the next round', async () => {
    await followers('a', 'b');
    await setVotes(database.sql, poll, [1]);
    await expect(round(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed');
    await round();
    expect(types('a')).toEqual(['LEADERBOARD_INIT', 'LEADERBOARD_INIT']);
    await expectUpToDate('a', 'b');

    await round();
    expect(api.posts('a')).toBe(2);
  });

  test('during posting is repaired by the next round, even if the leaderboard has changed', async () => {
    await followers('a', 'b');
    await setVotes(database.sql, poll, [1]);
    const toTheFirst: FanOut = async (deliveries) => {
      for await (const delivery of deliveries) {
        await fanOut([delivery]);
        throw new Error('killed');
      }
      throw new Error('There is nobody to post to.');
    };
    await expect(round(toTheFirst)).rejects.toThrow('killed');
    await setVotes(database.sql, poll, [1, 2]);
    await round();
    await expectUpToDate('a', 'b');
  });

  test('that is overtaken by a faster one leaves one history of versions', async () => {
    await followers('a');
    await setVotes(database.sql, poll, [1]);
    const results = await Promise.allSettled([roundAtOnce(), roundAtOnce(), roundAtOnce()]);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    await round();
    expect(await loadBoard(database.sql, SHARD)).toMatchObject({ version: 1, postedVersion: 1 });
    await expectUpToDate('a');
  });
});
