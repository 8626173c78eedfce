import { beforeEach, expect, test } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { readLeaderboard, refreshBoard } from '../../../lib/sql/boards.ts';
import { type AnySql, connect } from '../../../lib/sql/client.ts';
import { rebuildTallies, reconcile } from '../../../lib/sql/drift.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

const CONSUMERS = 4;
const POLLS = 40;
const BATCHES = 25;
const BATCH = 400;

/** Ends when so many in this database wait for a lock. */
const untilWaiting = (sql: AnySql, count: number) =>
  until(async () => {
    const waiting = await sql`
      select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    if (waiting.length < count) throw new Error(`${waiting.length} wait for a lock, not ${count}.`);
  }, 10_000);

onEachPostgres('rebuilding tallies', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  test('sets the tallies of one poll to the sum of its votes, with a higher version and on the leaderboard', async () => {
    const { sql } = database();
    const [poll, other] = [await somePoll(sql, { maxChoices: 2 }), await somePoll(sql)];
    const ballots = [someBallot(poll, { choices: 0b011 }), someBallot(poll), someBallot(other)];
    await tallyBallots(sql, batchOf(ballots));
    await refreshBoard(sql);
    await sql`update tallies set votes = votes + 7 where position < 2`;
    await refreshBoard(sql);
    const rebuilt = await rebuildTallies(sql, poll.id);
    expect(rebuilt).toMatchObject({
      before: {
        total_votes: 2,
        version: 3,
        options: [{ vote_count: 9 }, { vote_count: 8 }, { vote_count: 0 }],
      },
      after: {
        total_votes: 2,
        version: 5,
        options: [{ vote_count: 2 }, { vote_count: 1 }, { vote_count: 0 }],
      },
      drift: [{ position: 0 }, { position: 1 }],
    });
    expect(await findPoll(sql, poll.id, Date.now())).toEqual(rebuilt?.after);
    const board = async () => (await readLeaderboard(sql, 10)).map((one) => [one.poll_id, one.vote_count]);
    const standings = [
      [other.id, 1],
      [poll.id, 2],
      [poll.id, 1],
    ];
    expect((await board()).sort()).toEqual(expect.arrayContaining(standings.slice(1)));
    await refreshBoard(sql);
    expect(await board()).toEqual(expect.arrayContaining(standings.slice(1)));
    expect((await reconcile(sql, false)).map(({ poll_id }) => poll_id)).toEqual([other.id, other.id]);
  });

  test('changes nothing if the tallies are correct, and returns nothing for an unknown poll', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    const before = await findPoll(sql, poll.id, Date.now());
    expect(await rebuildTallies(sql, poll.id)).toEqual({ before, after: before, drift: [] });
    expect(await rebuildTallies(sql, '0190a5d8-c0de-7000-8000-00000000abcd')).toBeUndefined();
  });

  test('adds the missing votes after a concurrent batch, in addition to its votes', async () => {
    const { sql } = database();
    const poll = await someWrongPoll(sql);
    let rebuilding: Promise<unknown> | undefined;
    await sql.begin(async (tx) => {
      await tallyBallots(tx, batchOf([someBallot(poll), someBallot(poll, { choices: 2 })]));
      rebuilding = rebuildTallies(sql, poll.id);
      await untilWaiting(sql, 1);
    });
    expect(await rebuilding).toMatchObject({
      drift: [{ position: 0, tallied: { votes: 8 }, counted: { votes: 1 } }],
      after: { total_votes: 3, options: [{ vote_count: 2 }, { vote_count: 1 }, { vote_count: 0 }] },
    });
    expect(await reconcile(sql, false)).toEqual([]);
  });

  test('does not wait for a batch that has only stored its votes, which are added afterwards', async () => {
    const { sql, config } = database();
    const poll = await someWrongPoll(sql);
    const own = connect({ ...config, poolSize: 1 });
    let counting: Promise<unknown> | undefined;
    await sql.begin(async (tx) => {
      await tx`select from tallies where poll_id = ${poll.id} and position = 1 for update`;
      const ballots = [someBallot(poll, { choices: 2 }), someBallot(poll, { choices: 2 })];
      counting = tallyBallots(own, batchOf(ballots));
      await untilWaiting(sql, 1);
      expect(await rebuildTallies(sql, poll.id)).toMatchObject({ after: { total_votes: 1 } });
    });
    await counting;
    await own.end();
    expect(await reconcile(sql, false)).toEqual([]);
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ total_votes: 3 });
  });

  test('locks no row of the poll while it reads the votes', async () => {
    const { sql } = database();
    const poll = await someWrongPoll(sql);
    let rebuilding: Promise<unknown> | undefined;
    await sql.begin(async (tx) => {
      // In the way of whoever reads the votes.
      await tx`lock table votes in access exclusive mode`;
      rebuilding = rebuildTallies(sql, poll.id);
      await untilWaiting(sql, 1);
      await tx`select from tallies where poll_id = ${poll.id} for update nowait`;
    });
    expect(await rebuilding).toMatchObject({ drift: [{ position: 0 }] });
  });

  test('adds missing votes once if two run at the same time', async () => {
    const { sql } = database();
    const poll = await someWrongPoll(sql);
    await Promise.all([rebuildTallies(sql, poll.id), rebuildTallies(sql, poll.id)]);
    expect(await reconcile(sql, false)).toEqual([]);
  });

  /** One vote, which its tally takes for eight. */
  async function someWrongPoll(sql: AnySql): Promise<NewPoll> {
    const poll = await somePoll(sql);
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    await sql`update tallies set votes = votes + 7 where poll_id = ${poll.id} and position = 0`;
    return poll;
  }

  test(`loses no vote and never deadlocks while ${CONSUMERS} consumers count`, async () => {
    const { sql, config } = database();
    const polls = await Promise.all(
      Array.from({ length: POLLS }, () => somePoll(sql, { allowChange: true })),
    );
    const voters = Array.from({ length: 100 }, (_, at) => `${at}`.padStart(32, '0'));
    const consumers = Array.from({ length: CONSUMERS }, async (_, consumer) => {
      const own = connect({ ...config, poolSize: 1 });
      for (let batch = 0; batch < BATCHES; batch++) {
        const ballots = Array.from({ length: BATCH }, (_, at) => {
          const poll = polls[Math.floor(Math.random() * POLLS)] as NewPoll;
          const choices = Math.floor(Math.random() * 4) && 2 ** (at % 3);
          // Half of them change votes, others' included.
          const voterKey = voters[at] ?? someBallot(poll).voterKey;
          return someBallot(poll, { choices, voterKey });
        });
        await tallyBallots(own, batchOf(ballots, consumer));
      }
      await own.end();
    });
    let isCounting = true;
    const counted = Promise.all(consumers).finally(() => {
      isCounting = false;
    });
    let repaired = 0;
    for (let at = 0; isCounting; at++) {
      const { id } = polls[at % POLLS] as NewPoll;
      await sql`update tallies set votes = votes + 3, ballots = ballots + 1 where poll_id = ${id} and position = 1`;
      const rebuilt = await rebuildTallies(sql, id);
      repaired += rebuilt?.drift.length ?? 0;
      if (at % 10 === 0) await reconcile(sql, true);
      await Promise.all([refreshBoard(sql), closeEndedPolls(sql, Date.now())]);
    }
    await counted;
    expect(repaired).toBeGreaterThan(0);
    expect(await reconcile(sql, false)).toEqual([]);
    const [stats] = await sql`select deadlocks from pg_stat_database where datname = ${config.database}`;
    expect(stats).toEqual({ deadlocks: 0 });
  });
});
