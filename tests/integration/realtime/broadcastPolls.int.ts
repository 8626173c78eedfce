import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { nextPoll, type PollMessage, type PollState } from '../../../lib/client/pollState.ts';
import type { ServerMessage } from '../../../lib/contract/messageTypes.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { broadcastPolls } from '../../../lib/realtime/broadcastPolls.ts';
import { pollInit } from '../../../lib/realtime/pollMessages.ts';
import { readPollSnapshots } from '../../../lib/realtime/pollSnapshots.ts';
import type { FanOut } from '../../../lib/realtime/post/fanOut.ts';
import { listDueShards } from '../../../lib/sql/dueShards.ts';
import { setPollsDue } from '../../../lib/sql/dueViewers.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { deleteSubscription, insertSubscription } from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { saveFirstSentPoll } from '../../../lib/sql/watchedPolls.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { expectMessageConforms } from '../../support/http/conforms.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import {
  type ConnectionsStandIn,
  fanOutTo,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';

const SHARD = 2;
const BUDGET = 8_000;
let database: FreshDatabase;
let api: ConnectionsStandIn;
let fanOut: FanOut;
let poll: NewPoll;

beforeAll(async () => {
  api = await startConnectionsStandIn();
  fanOut = fanOutTo(api);
});
afterAll(() => api.stop());

beforeEach(async () => {
  database = await freshDatabase();
  poll = await somePoll(database.sql);
  api.reset();
  inits.clear();
});
afterEach(() => database.end());

const round = (named = [poll.id], using = fanOut, postsPerSecond = BUDGET, tickMs = 0) =>
  broadcastPolls(databaseOn(database.sql), using, SHARD, named, { postsPerSecond, tickMs });

const vote = (choices = 1) => tallyBallots(database.sql, batchOf([someBallot(poll, { choices })]));

/** What each subscriber was answered. */
const inits = new Map<string, PollMessage>();

async function subscribe(
  connectionId: string,
  { id = poll.id, hasVoted = false, isOwner = false, shard = SHARD } = {},
) {
  const { sql } = database;
  const result = await insertSubscription(sql, {
    connectionId,
    newShard: shard,
    pollId: id,
    hasVoted,
    isOwner,
    askedAt: Date.now(),
  });
  const [viewed] = await readPollSnapshots(sql, [id], { postsPerSecond: BUDGET });
  if (!viewed) return result;
  await saveFirstSentPoll(sql, shard, viewed.present);
  inits.set(connectionId, pollInit(viewed.poll, viewed.present.viewers));
  return result;
}

const heard = (id: string) => api.received(id);
const types = (id: string) => heard(id).map(({ type }) => type);

function stateOf(id: string): PollState | undefined {
  const messages = heard(id);
  messages.forEach(expectMessageConforms);
  const all = [inits.get(id), ...messages] as PollMessage[];
  return all.reduce<PollState | undefined>(nextPoll, undefined);
}

async function expectUpToDate(...ids: string[]): Promise<void> {
  const present = await findPoll(database.sql, poll.id, Date.now());
  for (const id of ids) expect(stateOf(id)?.poll).toEqual(present);
}

describe('a round for a poll', () => {
  test('sends its counts to the viewers of the shard only', async () => {
    for (const id of ['a', 'b']) await subscribe(id);
    await subscribe('elsewhere', { shard: SHARD + 1 });
    const other = await somePoll(database.sql);
    await subscribe('other', { id: other.id });
    await vote(2);
    await round();
    const update: ServerMessage = {
      type: 'POLL_UPDATE',
      poll_id: poll.id,
      version: 2,
      total_votes: 1,
      vote_counts: [0, 1, 0],
      viewers: 3,
    };
    expect([heard('a'), heard('b'), heard('elsewhere'), heard('other')]).toEqual([
      [update],
      [update],
      [],
      [],
    ]);
    await expectUpToDate('a', 'b');
  });

  test('posts nothing if nothing changed, however often the poll is named', async () => {
    await subscribe('a');
    await round();
    await vote();
    await round();
    await round();
    expect(api.total()).toBe(1);
  });

  test('posts once to each viewer, for one vote or a thousand', async () => {
    for (const id of ['a', 'b', 'c']) await subscribe(id);
    for (const votes of [1, 10, 1_000]) {
      const before = api.total();
      const ballots = Array.from({ length: votes }, () => someBallot(poll));
      await tallyBallots(database.sql, batchOf(ballots));
      await round(Array(votes).fill(poll.id));
      expect(api.total() - before).toBe(3);
    }
    await expectUpToDate('a', 'b', 'c');
  });

  test('accepts poll ids without dashes, as the tally writes them', async () => {
    await subscribe('a');
    await vote();
    await round([poll.id.replaceAll('-', ''), poll.id]);
    expect(types('a')).toEqual(['POLL_UPDATE']);
  });

  test('sends the whole poll if anything but its counts changed', async () => {
    await subscribe('a');
    await database.sql`update questions set question = 'Really?'`;
    await database.sql`update polls set state_version = state_version + 1`;
    await round();
    expect(heard('a')).toMatchObject([{ type: 'POLL_INIT', poll: { question: 'Really?', version: 2 } }]);
    const [{ timestamp = '' } = {}] = heard('a') as { timestamp?: string }[];
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
    expect(Math.abs(Date.now() - Date.parse(timestamp))).toBeLessThan(60_000);
  });

  test('sends the whole poll when it opens by time', async () => {
    poll = await somePoll(database.sql, { opensAt: Date.now() + 300 });
    await subscribe('a');
    expect(stateOf('a')?.poll).toMatchObject({ status: 'scheduled', version: 1 });
    while ((await findPoll(database.sql, poll.id, Date.now()))?.status === 'scheduled');
    await round();
    expect(types('a')).toEqual(['POLL_INIT']);
    expect(stateOf('a')?.poll).toMatchObject({ status: 'open', version: 2 });
  });

  test('announces the end and the final results', async () => {
    await subscribe('a');
    await vote();
    await database.sql`
      update polls set state_version = state_version + 1, is_closed = true,
        windows = tstzmultirange(tstzrange('-infinity', now() - interval '1 minute')),
        windows_from = now() + interval '1 minute'`;
    await round();
    expect(types('a')).toEqual(['POLL_INIT', 'POLL_CLOSED']);
    expect(stateOf('a')?.poll).toMatchObject({ status: 'closing', is_final: false, total_votes: 1 });
    await database.sql`update polls set state_version = state_version + 1, is_final = true`;
    await round();
    const closed = heard('a')
      .filter(({ type }) => type === 'POLL_CLOSED')
      .at(-1);
    expect(closed).toMatchObject({ is_final: true, total_votes: 1, vote_counts: [1, 0, 0], version: 4 });
    await expectUpToDate('a');
  });

  test('announces a deleted poll once', async () => {
    await subscribe('a');
    await database.sql`delete from polls`;
    await round();
    await round();
    expect(heard('a')).toEqual([{ type: 'POLL_DELETED', poll_id: poll.id }]);
    expect(stateOf('a')).toMatchObject({ deleted: true });
  });

  test('posts nothing after an unsubscribe', async () => {
    await subscribe('a');
    await deleteSubscription(database.sql, 'a', poll.id, Date.now());
    await vote();
    await round();
    expect(api.total()).toBe(0);
  });
});

describe('a tick', () => {
  /** Longer than a test takes, so that only `passTick` ends it. */
  const TICK_MS = 60_000;
  const tickingRound = (named = [poll.id]) => round(named, fanOut, BUDGET, TICK_MS);

  async function passTick(): Promise<void> {
    await database.sql`
      update watched_polls set sent_at = sent_at - interval '1 minute', due_at = due_at - interval '1 minute'`;
  }

  async function dueShards(): Promise<number[]> {
    // The connections of these tests have no leaderboard yet.
    await database.sql`update connections set board_due_at = null`;
    return listDueShards(database.sql, SHARD + 1);
  }

  test('lets the first change of a quiet poll through, right after subscribing', async () => {
    await subscribe('a');
    await vote();
    expect(await tickingRound()).toBe(false);
    expect(types('a')).toEqual(['POLL_UPDATE']);
  });

  test('makes further changes wait, and sends the last state once without another vote', async () => {
    await subscribe('a');
    for (let votes = 0; votes < 4; votes += 1) {
      await vote();
      expect(await tickingRound()).toBe(votes > 0);
    }
    expect(types('a')).toEqual(['POLL_UPDATE']);
    expect(await dueShards()).toEqual([]);

    await passTick();
    expect(await dueShards()).toEqual([SHARD]);
    await tickingRound([]);
    expect(types('a')).toEqual(['POLL_UPDATE', 'POLL_UPDATE']);
    await expectUpToDate('a');
    expect(await dueShards()).toEqual([]);
  });

  test('is over when Postgres says so, whatever the clock of the function', async () => {
    await subscribe('a');
    await vote();
    await tickingRound();
    await vote();
    await tickingRound();
    await passTick();
    const real = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() - 3_000);
    expect(await tickingRound([]).finally(() => clock.mockRestore())).toBe(false);
    expect(types('a')).toEqual(['POLL_UPDATE', 'POLL_UPDATE']);
  });

  test('of one poll does not make another wait', async () => {
    const quiet = await somePoll(database.sql);
    await subscribe('a');
    await subscribe('b', { id: quiet.id });
    await vote();
    await tickingRound();
    await vote();
    await tallyBallots(database.sql, batchOf([someBallot(quiet)]));
    await tickingRound([poll.id, quiet.id]);
    expect([types('a'), types('b')]).toEqual([['POLL_UPDATE'], ['POLL_UPDATE']]);
  });

  test('does not make a new state or a deletion wait', async () => {
    await subscribe('a');
    await vote();
    await tickingRound();
    await database.sql`update polls set state_version = state_version + 1`;
    await tickingRound();
    await database.sql`delete from polls`;
    await tickingRound();
    expect(types('a')).toEqual(['POLL_UPDATE', 'POLL_INIT', 'POLL_DELETED']);
  });

  test('keeps a change for the others when a viewer who missed a message gets the whole poll', async () => {
    await subscribe('a');
    await subscribe('missed');
    await vote();
    await tickingRound();
    await vote();
    await setPollsDue(database.sql, [{ connectionId: 'missed', pollId: poll.id }], 0);
    await tickingRound();
    await expectUpToDate('missed');
    await passTick();
    await tickingRound([]);
    await expectUpToDate('a', 'missed');
  });

  test('leaves nothing due for a poll that nobody watches any more', async () => {
    await subscribe('a');
    await vote();
    await tickingRound();
    await vote();
    await tickingRound();
    await deleteSubscription(database.sql, 'a', poll.id, Date.now());
    await passTick();
    await tickingRound([]);
    expect(await dueShards()).toEqual([]);
  });
});

describe('hidden results', () => {
  beforeEach(async () => {
    poll = await somePoll(database.sql, { resultsVisibility: 'after_vote' });
  });

  test('are not revealed by a message about a vote, but sent to voters', async () => {
    await subscribe('blind');
    await subscribe('voter', { hasVoted: true });
    await round();
    const before = heard('blind').length;
    await vote();
    await round();
    expect(heard('blind')).toHaveLength(before);
    expect(heard('voter').at(-1)).toMatchObject({ type: 'POLL_UPDATE', total_votes: 1 });
    for (const message of heard('blind')) {
      expect(message).toMatchObject({ version: null, total_votes: null, vote_counts: null });
    }
  });

  test('include the number of viewers', async () => {
    await subscribe('a');
    await subscribe('b');
    await round();
    expect(heard('a')).toEqual([
      {
        type: 'POLL_UPDATE',
        poll_id: poll.id,
        version: null,
        total_votes: null,
        vote_counts: null,
        viewers: 2,
      },
    ]);
  });
});

describe('the owner of an election', () => {
  const turnouts = (id: string) =>
    heard(id).map((message) => {
      expectMessageConforms(message);
      if (message.type === 'POLL_INIT') return [message.type, message.poll.total_votes];
      if (message.type === 'POLL_DELETED') return [message.type];
      const { type, total_votes, vote_counts, version } = message as Extract<
        ServerMessage,
        { type: 'POLL_UPDATE' | 'POLL_CLOSED' }
      >;
      return [type, total_votes, vote_counts, version];
    });

  beforeEach(async () => {
    poll = await somePoll(database.sql, { resultsVisibility: 'after_close' });
    await subscribe('owner', { hasVoted: true, isOwner: true });
    await subscribe('voter', { hasVoted: true });
    await subscribe('viewer');
    await round();
    api.reset();
  });

  test('gets the turnout as votes are counted, and nobody else gets a message', async () => {
    await vote();
    await round();
    await vote(2);
    await round();
    expect(turnouts('owner')).toEqual([
      ['POLL_UPDATE', 1, null, null],
      ['POLL_UPDATE', 2, null, null],
    ]);
    expect([types('voter'), types('viewer')]).toEqual([[], []]);
  });

  test('keeps the turnout when viewers come, the poll changes and voting ends', async () => {
    await vote();
    await round();
    await subscribe('another');
    // An update of the number of viewers comes after a pause.
    await untilTrue(async () => {
      await round();
      return types('viewer').length > 0;
    });
    await database.sql`update polls set state_version = state_version + 1`;
    await round();
    await database.sql`
      update polls set state_version = state_version + 1, is_closed = true,
        windows = tstzmultirange(tstzrange('-infinity', now() - interval '1 minute')),
        windows_from = now() + interval '1 minute'`;
    await round();
    expect(turnouts('owner')).toEqual([
      ['POLL_UPDATE', 1, null, null],
      ['POLL_UPDATE', 1, null, null],
      ['POLL_INIT', 1],
      ['POLL_INIT', 1],
      ['POLL_CLOSED', 1, null, null],
    ]);
    for (const id of ['voter', 'viewer']) {
      expect(turnouts(id)).toEqual([
        ['POLL_UPDATE', null, null, null],
        ['POLL_INIT', null],
        ['POLL_INIT', null],
        ['POLL_CLOSED', null, null, null],
      ]);
    }
  });

  test('is one only while the last subscription was made with the token', async () => {
    await subscribe('owner', { hasVoted: true });
    await vote();
    await round();
    expect(types('owner')).toEqual([]);
  });
});

describe('the number of viewers', () => {
  test('is sent when it changes alone, limited to a tenth of the posts', async () => {
    await subscribe('a');
    await subscribe('b');
    await round();
    expect(stateOf('a')?.viewers).toBe(2);
    await subscribe('c');
    // Two posts a second for three viewers would take 15 s at this budget.
    await round([poll.id], fanOut, 2);
    expect(stateOf('a')?.viewers).toBe(2);
    await database.sql`update watched_polls set sent_at = now() - interval '16 s'`;
    await round([poll.id], fanOut, 2);
    expect([stateOf('a')?.viewers, stateOf('b')?.viewers]).toEqual([3, 3]);
  });
});

describe('an unreachable viewer', () => {
  test('is deleted with all its subscriptions when it is gone', async () => {
    await subscribe('gone');
    api.behave('gone', 410);
    await vote();
    await round();
    expect(await database.sql`select from subscriptions`).toHaveLength(0);
    expect(await database.sql`select from connections`).toHaveLength(0);
  });

  test('gets the whole poll later, even without further changes', async () => {
    await subscribe('a');
    await subscribe('throttled');
    await round();
    api.behave('throttled', 429);
    await vote();
    await round();
    await expectUpToDate('a');
    const posts = api.posts('a');

    api.behave('throttled', 200);
    await round([]);
    await database.sql`update subscriptions set due_at = now() where due_at is not null`;
    await round([]);
    expect(types('throttled').at(-1)).toBe('POLL_INIT');
    await expectUpToDate('throttled');
    expect(api.posts('a')).toBe(posts);

    await vote();
    await round();
    expect(types('throttled').at(-1)).toBe('POLL_UPDATE');
    await expectUpToDate('a', 'throttled');
  });
});

describe('an interrupted poll round', () => {
  const killed = new Error('killed');

  test('between reading and posting is repaired by the retry', async () => {
    await subscribe('a');
    await vote();
    await expect(round([poll.id], () => Promise.reject(killed))).rejects.toThrow('killed');
    await round();
    await expectUpToDate('a');
  });

  test('during posting is repaired by the retry, even if votes have arrived', async () => {
    for (const id of ['a', 'b', 'c']) await subscribe(id);
    await vote();
    const toTheFirst: FanOut = async (deliveries) => {
      for await (const delivery of deliveries) {
        await fanOut([delivery]);
        throw killed;
      }
      throw new Error('There is nobody to post to.');
    };
    await expect(round([poll.id], toTheFirst)).rejects.toThrow('killed');
    await vote(4);
    await round();
    await expectUpToDate('a', 'b', 'c');
  });
});

describe('subscribing', () => {
  test('ends with the connection, and is idempotent', async () => {
    expect(await subscribe('a')).toEqual({ outcome: 'subscribed', shard: SHARD });
    expect(await subscribe('a')).toEqual({ outcome: 'subscribed', shard: SHARD });
    expect(await database.sql`select from subscriptions`).toHaveLength(1);
    await database.sql`delete from connections`;
    expect(await database.sql`select from subscriptions`).toHaveLength(0);
  });

  test('keeps the shard of the connection', async () => {
    await subscribe('a', { shard: 1 });
    const other = await somePoll(database.sql);
    expect(await subscribe('a', { id: other.id, shard: 3 })).toEqual({ outcome: 'subscribed', shard: 1 });
  });

  test('is rejected for an unknown poll and beyond fifty', async () => {
    const unknown = { connectionId: 'a', newShard: 0, pollId: randomUUID(), hasVoted: false, askedAt: 0 };
    expect(await insertSubscription(database.sql, unknown)).toEqual({ outcome: 'poll_not_found' });
    for (let n = 0; n < 50; n += 1) await subscribe('a', { id: (await somePoll(database.sql)).id });
    expect(await subscribe('a')).toEqual({ outcome: 'too_many' });
  });
});
