import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { PollInit } from '../../../lib/contract/messageTypes.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { broadcastPolls } from '../../../lib/realtime/broadcastPolls.ts';
import { openResultsForCounted } from '../../../lib/realtime/decideReceipts.ts';
import type { FanOut } from '../../../lib/realtime/post/fanOut.ts';
import { type SubscriptionRequest, subscribeToPoll } from '../../../lib/realtime/subscribeToPoll.ts';
import { deleteConnection } from '../../../lib/sql/connections.ts';
import { countViewers } from '../../../lib/sql/countViewers.ts';
import { deleteSubscription } from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { batchOf, makeFinal, someBallot, somePoll } from '../../support/database/polls.ts';
import { expectMessageConforms } from '../../support/http/conforms.ts';
import {
  type ConnectionsStandIn,
  fanOutTo,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';

const SHARDS = [0, 1];
/** Posts reach ten viewers in time. */
const PACE = { postsPerSecond: 2, tickMs: 0, followUrl: 'https://polls.example' };
const MOST = 10;
const receipts = createReceipts([{ kid: 'k1', secret: 's'.repeat(32) }]);

let database: FreshDatabase;
let api: ConnectionsStandIn;
let fanOut: FanOut;
let poll: NewPoll;
let answers: Map<string, PollInit>;

beforeAll(async () => {
  api = await startConnectionsStandIn();
  fanOut = fanOutTo(api);
});
afterAll(() => api.stop());

beforeEach(async () => {
  database = await freshDatabase();
  poll = await somePoll(database.sql);
  answers = new Map();
  api.reset();
});
afterEach(() => database.end());

let asked = 0;

async function subscribe(
  id: string,
  more: Partial<SubscriptionRequest> = {},
  pace = PACE,
): Promise<PollInit> {
  const newShard = asked % SHARDS.length;
  const request = {
    connectionId: id,
    newShard,
    pollId: poll.id,
    receipt: undefined,
    askedAt: asked++,
    ...more,
  };
  const answer = await subscribeToPoll(databaseOn(database.sql), receipts, pace, request);
  expectMessageConforms(answer);
  answers.set(id, answer);
  return answer;
}

async function round(using = fanOut, pace: typeof PACE | { postsPerSecond: number; tickMs: number } = PACE) {
  for (const shard of SHARDS) await broadcastPolls(databaseOn(database.sql), using, shard, [poll.id], pace);
}

const vote = () => tallyBallots(database.sql, batchOf([someBallot(poll)]));
const names = (count: number) => Array.from({ length: count }, (_, at) => `viewer ${at}`);
const types = (id: string) => api.received(id).map(({ type }) => type);
const rows = async () => (await database.sql`select from subscriptions`).length;
const viewers = async () => (await countViewers(database.sql, [poll.id]))[0]?.viewers;

/** The last instruction it got: to read the poll, or to wait for updates. */
function reads(id: string): boolean {
  const inits = [answers.get(id), ...api.received(id)].filter((message) => message?.type === 'POLL_INIT');
  return (inits.at(-1) as PollInit).follow !== undefined;
}

async function gather(count: number): Promise<void> {
  for (const id of names(count)) await subscribe(id);
  await round();
}

describe('more viewers than posts reach in time', () => {
  test('get a URL and an interval for reading the poll, and no updates', async () => {
    await gather(MOST);
    expect(names(MOST).some(reads)).toBe(false);
    await subscribe('one more');
    await round();
    expect([...names(MOST), 'one more'].every(reads)).toBe(true);
    expect((await subscribe('a late one')).follow).toEqual({
      url: `https://polls.example/polls/${poll.id}`,
      every_ms: 1_800,
    });

    const before = api.total();
    await vote();
    await round();
    await round();
    expect(api.total()).toBe(before);
  });

  test('hear of a new state and of the end, and still know where to read', async () => {
    await gather(MOST + 1);
    const [id = ''] = names(1);
    await database.sql`
      update polls set state_version = state_version + 1, is_closed = true,
        windows = tstzmultirange(tstzrange('-infinity', now() - interval '1 minute')),
        windows_from = now() + interval '1 minute'`;
    await round();
    expect(types(id).slice(-2)).toEqual(['POLL_INIT', 'POLL_CLOSED']);
    await makeFinal(database.sql);
    await round();
    expect(api.received(id).at(-1)).toMatchObject({ type: 'POLL_CLOSED', is_final: true });
    expect(reads(id)).toBe(true);
    await database.sql`delete from polls`;
    await round();
    expect(types(id).at(-1)).toBe('POLL_DELETED');
    expect(await rows()).toBe(0);
  });

  test('get updates again when half of them are left, without going back and forth', async () => {
    await gather(MOST + 1);
    const [first, ...others] = names(MOST + 1);
    for (const id of others.slice(0, 5)) await deleteConnection(database.sql, id);
    await round();
    expect(reads(first ?? '')).toBe(true);
    await deleteConnection(database.sql, others[5] ?? '');
    await round();
    const left = [first ?? '', ...others.slice(6)];
    expect(left.some(reads)).toBe(false);
    await vote();
    await round();
    for (const id of left) expect(types(id).at(-1)).toBe('POLL_UPDATE');
    const before = api.total();
    await subscribe(others[0] ?? '');
    await round();
    expect(left.some(reads)).toBe(false);
    expect(api.total()).toBeLessThanOrEqual(before + left.length + 1);
  });

  test('wait for posts where no cache stands in front of the API', async () => {
    const noCache = { postsPerSecond: 2, tickMs: 0 };
    for (const id of names(MOST + 1)) await subscribe(id, {}, noCache as typeof PACE);
    await round(fanOut, noCache);
    expect(names(MOST + 1).some(reads)).toBe(false);
    await vote();
    await round(fanOut, noCache);
    for (const id of names(MOST + 1)) expect(types(id).at(-1)).toBe('POLL_UPDATE');
  });

  test('are all told alike, though some subscribe while the others are being told', async () => {
    for (const id of names(MOST + 1)) await subscribe(id);
    let late = 0;
    const joined: FanOut = async (deliveries) => {
      // Listed by now. Fewer than before: by their number alone, who comes now would wait for posts.
      await deleteConnection(database.sql, 'viewer 0');
      await subscribe(`late ${late++}`);
      return fanOut(deliveries);
    };
    await round(joined);
    const all = [...names(MOST + 1).slice(1), ...Array.from({ length: late }, (_, at) => `late ${at}`)];
    expect(late).toBeGreaterThan(0);
    expect(all.filter((id) => !reads(id))).toEqual([]);
  });

  test('are told by the retry if the first try died', async () => {
    for (const id of names(MOST + 1)) await subscribe(id);
    const dies: FanOut = () => Promise.reject(new Error('killed'));
    await expect(round(dies)).rejects.toThrow('killed');
    await round();
    expect(names(MOST + 1).every(reads)).toBe(true);
  });
});

describe('viewers who see more than others', () => {
  beforeEach(async () => {
    poll = await somePoll(database.sql, { resultsVisibility: 'after_vote' });
    await gather(MOST + 1);
  });

  test('get updates as ever, until everybody sees the same', async () => {
    const ballot = someBallot(poll);
    await tallyBallots(database.sql, batchOf([ballot]));
    const receipt = receipts.issue({ ...ballot, partition: 0, isWithdrawal: false });
    await subscribe('voter', { receipt });
    await subscribe('owner', { isOwner: true });
    expect([reads('voter'), reads('owner')]).toEqual([false, false]);
    await vote();
    await round();
    for (const id of ['voter', 'owner']) {
      expect(api.received(id).at(-1)).toMatchObject({ type: 'POLL_UPDATE', total_votes: 2 });
    }
    await database.sql`
      update polls set state_version = state_version + 1, is_closed = true,
        windows = tstzmultirange(tstzrange('-infinity', now() - interval '1 minute')),
        windows_from = now() + interval '1 minute'`;
    await makeFinal(database.sql);
    await round();
    expect([reads('voter'), reads('owner')]).toEqual([true, true]);
  });

  test('wait with a vote that is on its way, and read like others once it is rejected', async () => {
    const ballot = someBallot(poll);
    const again = someBallot(poll, { voterKey: ballot.voterKey });
    const receipt = receipts.issue({ ...again, partition: 0, isWithdrawal: false });
    await subscribe('voter', { receipt });
    expect(reads('voter')).toBe(false);
    await tallyBallots(database.sql, batchOf([ballot, again]));
    for (const shard of SHARDS)
      await openResultsForCounted(databaseOn(database.sql), receipts, shard, [poll.id]);
    await round();
    expect(reads('voter')).toBe(true);
  });
});

describe('a crowd', () => {
  const CROWD = 200_000;
  const JOIN = 2_000;

  /** As if so many followed by now. */
  async function pretend(count: number): Promise<void> {
    await gather(MOST + 1);
    await database.sql`
      update subscriptions set stands_for = ${Math.floor(count / (MOST + 1))}::integer`;
    await database.sql`update watched_polls set viewers = ${count}::integer`;
  }

  test('gets a row for a sample only, which stands for all', async () => {
    await pretend(CROWD);
    const before = { rows: await rows(), viewers: (await viewers()) ?? 0 };
    for (const id of Array.from({ length: JOIN }, (_, at) => `fan ${at}`)) {
      expect((await subscribe(id)).follow).toBeDefined();
    }
    const added = (await rows()) - before.rows;
    // A sixteenth; five times the deviation of such a sample.
    expect(Math.abs(added - JOIN / 16)).toBeLessThan(5 * Math.sqrt(JOIN / 16));
    expect((await viewers()) ?? 0).toBe(before.viewers + added * 16);
  });

  test('leaves no trace of a follower that asks twice or ends', async () => {
    await pretend(CROWD);
    for (const id of ['a', 'b', 'c', 'd', 'e']) await subscribe(id);
    const before = await rows();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await subscribe(id);
    expect(await rows()).toBe(before);
    for (const id of ['a', 'b', 'c', 'd', 'e']) await deleteSubscription(database.sql, id, poll.id, asked++);
    expect(await rows()).toBe(MOST + 1);
  });

  test('has a row for each who sees more', async () => {
    poll = await somePoll(database.sql, { resultsVisibility: 'after_vote' });
    await pretend(CROWD);
    const before = await rows();
    for (let at = 0; at < 20; at += 1) await subscribe(`owner ${at}`, { isOwner: true });
    expect(await rows()).toBe(before + 20);
    expect([...Array(20).keys()].some((at) => reads(`owner ${at}`))).toBe(false);
  });
});
