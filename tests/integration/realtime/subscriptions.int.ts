import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_SUBSCRIPTIONS } from '../../../lib/contract/limits.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { openResultsForCounted } from '../../../lib/realtime/decideReceipts.ts';
import { subscribeToPoll } from '../../../lib/realtime/subscribeToPoll.ts';
import { deleteOldUnsubscriptions } from '../../../lib/sql/agingConnections.ts';
import {
  deleteSubscription,
  insertSubscription,
  listSubscribers,
  listWaitingSubscribers,
} from '../../../lib/sql/subscriptions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { batchOf, type LoggedBallot, someBallot, somePoll } from '../../support/database/polls.ts';

const SHARD = 1;
const REACH = { postsPerSecond: 8_000 };
const PARTITION = 0;
let database: FreshDatabase;
let connections = 0;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.end());

const someConnection = () => `connection ${connections++}`;

describe('frames for one poll that overtake each other', () => {
  const T = Date.now();

  /** Asks in the order of the list; `at` tells when API Gateway took each. */
  async function play(asks: { at: number; hasVoted?: boolean; isEnd?: boolean }[]): Promise<boolean[]> {
    const { sql } = database;
    const { id: pollId } = await somePoll(sql);
    const connectionId = someConnection();
    await insertSubscription(sql, {
      connectionId,
      newShard: SHARD,
      pollId: (await somePoll(sql)).id,
      hasVoted: false,
      askedAt: T,
    });
    for (const { at, hasVoted = false, isEnd } of asks) {
      if (isEnd) await deleteSubscription(sql, connectionId, pollId, T + at);
      else
        await insertSubscription(sql, { connectionId, newShard: SHARD, pollId, hasVoted, askedAt: T + at });
    }
    const subscribers = await listSubscribers(sql, SHARD, { toAll: [pollId], toSome: [] });
    return subscribers.map(({ hasVoted }) => hasVoted);
  }

  const first = { at: 1 };
  const end = { at: 2, isEnd: true };
  const last = { at: 3, hasVoted: true };

  test('leave the subscription that was asked for last, in any order', async () => {
    for (const order of [
      [first, end, last],
      [first, last, end],
      [end, first, last],
      [end, last, first],
      [last, first, end],
      [last, end, first],
    ]) {
      expect(await play(order)).toEqual([true]);
    }
  });

  test('leave none if the last asked for the end', async () => {
    expect(await play([first, end])).toEqual([]);
    expect(await play([end, first])).toEqual([]);
  });

  test('are told apart within a millisecond', async () => {
    expect(await play([{ at: 0.002, isEnd: true }, { at: 0.001 }])).toEqual([]);
    expect(await play([{ at: 0.002 }, { at: 0.001, isEnd: true }])).toEqual([false]);
  });

  test('are taken as they come after the clock was set back', async () => {
    expect(await play([{ at: 3_600_000, isEnd: true }, first])).toEqual([false]);
    expect(await play([{ at: 3_600_000 }, end])).toEqual([]);
  });

  test('leave a trace for a minute only', async () => {
    await play([first, end]);
    expect(await deleteOldUnsubscriptions(database.sql)).toBe(0);
    await database.sql`update unsubscriptions set noted_at = noted_at - interval '1 minute'`;
    expect(await deleteOldUnsubscriptions(database.sql)).toBeGreaterThan(0);
    expect(await database.sql`select from unsubscriptions`).toHaveLength(0);
  });
});

test('ninety subscriptions in one burst leave exactly fifty', async () => {
  const { sql } = database;
  const connectionId = someConnection();
  const polls = await Promise.all(Array.from({ length: 90 }, () => somePoll(sql)));
  const asked = polls.map(({ id: pollId }, at) =>
    insertSubscription(sql, { connectionId, newShard: SHARD, pollId, hasVoted: false, askedAt: at }),
  );
  const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === 'subscribed')).toHaveLength(MAX_SUBSCRIPTIONS);
  expect(outcomes.filter((outcome) => outcome === 'too_many')).toHaveLength(90 - MAX_SUBSCRIPTIONS);
  const rows = await sql`select from subscriptions where connection_id = ${connectionId}`;
  expect(rows).toHaveLength(MAX_SUBSCRIPTIONS);
});

describe('a receipt that is shown before its vote is counted', () => {
  const receipts = createReceipts([{ kid: 'k1', secret: 's'.repeat(32) }]);

  const receiptOf = (ballot: LoggedBallot) =>
    receipts.issue({ ...ballot, partition: PARTITION, isWithdrawal: false });

  const count = (ballot: LoggedBallot) => tallyBallots(database.sql, batchOf([ballot], PARTITION));

  const subscribe = (poll: NewPoll, receipt: string, connectionId = someConnection()) =>
    subscribeToPoll(databaseOn(database.sql), receipts, REACH, {
      connectionId,
      newShard: SHARD,
      pollId: poll.id,
      receipt,
      askedAt: Date.now(),
    });

  const awaiting = async (poll: NewPoll) =>
    (await listWaitingSubscribers(database.sql, SHARD))
      .filter(({ pollId }) => pollId === poll.id)
      .map(({ hasVoted }) => hasVoted);

  const subscribers = (poll: NewPoll) =>
    listSubscribers(database.sql, SHARD, { toAll: [poll.id], toSome: [] });

  const look = (poll: NewPoll) => openResultsForCounted(databaseOn(database.sql), receipts, SHARD, [poll.id]);

  const hiddenPoll = () => somePoll(database.sql, { resultsVisibility: 'after_vote' });

  test('opens the results as soon as the vote is counted, and sends the whole poll', async () => {
    const poll = await hiddenPoll();
    const ballot = someBallot(poll);
    expect((await subscribe(poll, receiptOf(ballot))).poll.total_votes).toBeNull();
    await look(poll);
    expect(await awaiting(poll)).toEqual([]);
    await count(ballot);
    await look(poll);
    expect(await awaiting(poll)).toEqual([true]);
  });

  test('opens them in the answer if the vote is counted meanwhile', async () => {
    const poll = await hiddenPoll();
    const ballot = someBallot(poll);
    let queries = 0;
    const real = databaseOn(database.sql);
    const init = await subscribeToPoll(
      {
        run: async (query, timeoutMs) => {
          const answer = await real.run(query, timeoutMs);
          queries += 1;
          // The first one looks for the vote.
          if (queries === 1) await count(ballot);
          return answer;
        },
      },
      receipts,
      REACH,
      {
        connectionId: someConnection(),
        newShard: SHARD,
        pollId: poll.id,
        receipt: receiptOf(ballot),
        askedAt: Date.now(),
      },
    );
    expect(init.poll.total_votes).toBe(1);
    expect(await awaiting(poll)).toEqual([]);
    expect(await subscribers(poll)).toMatchObject([{ hasVoted: true }]);
  });

  test('opens nothing if it is of an empty ballot whose voter never chose', async () => {
    const poll = await somePoll(database.sql, { resultsVisibility: 'after_vote', allowChange: true });
    const empty = someBallot(poll, { choices: 0 });
    const receipt = receipts.issue({ ...empty, partition: PARTITION, isWithdrawal: true });
    await subscribe(poll, receipt);
    await count(empty);
    await look(poll);
    expect(await subscribers(poll)).toMatchObject([{ hasVoted: false }]);
    expect((await subscribe(poll, receipt)).poll.total_votes).toBeNull();
  });

  test('opens nothing if the vote is rejected', async () => {
    const poll = await hiddenPoll();
    const ballot = someBallot(poll);
    const second = someBallot(poll, { voterKey: ballot.voterKey });
    await subscribe(poll, receiptOf(second));
    await count(ballot);
    await count(second);
    await look(poll);
    expect(await awaiting(poll)).toEqual([]);
    const rows = await database.sql`select has_voted, receipt from subscriptions where poll_id = ${poll.id}`;
    expect(rows).toEqual([{ has_voted: false, receipt: null }]);
  });

  test('opens nothing for another poll', async () => {
    const [poll, other] = [await hiddenPoll(), await hiddenPoll()];
    const ballot = someBallot(other);
    await count(ballot);
    expect((await subscribe(poll, receiptOf(ballot))).poll.total_votes).toBeNull();
  });

  test('does not stand in the database in a readable form', async () => {
    const poll = await hiddenPoll();
    const ballot = someBallot(poll);
    await subscribe(poll, receiptOf(ballot));
    const [row] =
      await database.sql`select subscriptions::text as text from subscriptions where poll_id = ${poll.id}`;
    expect(row?.['text']).not.toContain(ballot.voterKey);
  });
});

describe('the owner of a poll', () => {
  const receipts = createReceipts([{ kid: 'k1', secret: 's'.repeat(32) }]);

  const subscribeAsOwner = async (visibility: NewPoll['resultsVisibility']) => {
    const poll = await somePoll(database.sql, { resultsVisibility: visibility });
    await tallyBallots(database.sql, batchOf([someBallot(poll)], PARTITION));
    const connectionId = someConnection();
    const asked = { connectionId, newShard: SHARD, pollId: poll.id, receipt: undefined, askedAt: Date.now() };
    return subscribeToPoll(databaseOn(database.sql), receipts, REACH, { ...asked, isOwner: true });
  };

  test('sees the counts that voters see after voting', async () => {
    const { poll } = await subscribeAsOwner('after_vote');
    expect([poll.total_votes, poll.options[0]?.vote_count]).toEqual([1, 1]);
  });

  test('sees the turnout of an election, and no counts', async () => {
    const { poll } = await subscribeAsOwner('after_close');
    expect([poll.total_votes, poll.options[0]?.vote_count]).toEqual([1, null]);
  });
});
