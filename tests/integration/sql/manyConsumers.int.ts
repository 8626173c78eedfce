import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { refreshBoard } from '../../../lib/sql/boards.ts';
import { type AnySql, connect } from '../../../lib/sql/client.ts';
import { reconcile } from '../../../lib/sql/drift.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls, drawMark, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { freshDatabase, makeTemplate } from '../../support/database/database.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, type LoggedBallot, passMark, someBallot, somePoll } from '../../support/database/polls.ts';
import { startPostgres } from '../../support/servers/servers.ts';

const CONSUMERS = 4;
const POLLS = 1_000;
const BATCH = 1_000;

const pick = <T>(from: T[]): T => from[Math.floor(Math.random() * from.length)] as T;
const total = (ballots: number) => ({ ballots, moved: ballots });

/** Ballots stored, and ballots in the tallies: the same, always. */
async function sums(sql: AnySql) {
  const [row] = await sql`
    select
      (select count(*) from votes where choices <> 0) as ballots,
      (select coalesce(sum(ballots), 0)::bigint from tallies) as moved`;
  return row;
}

onEachPostgres('concurrent consumers', (database) => {
  test('4 of them on 1,000 polls never deadlock while the leaderboard is refreshed and polls are closed', async () => {
    const { sql, config } = database();
    const end = Date.now() + 3_600_000;
    const polls: NewPoll[] = [];
    for (let at = 0; at < POLLS; at++) polls.push(await somePoll(sql, { expiredAt: end + at, size: 4 }));
    const streams = Array.from({ length: CONSUMERS }, () =>
      Array.from({ length: 6 }, () =>
        Array.from({ length: BATCH }, () =>
          someBallot(pick(polls), { choices: 2 ** Math.floor(Math.random() * 4) }),
        ),
      ),
    );
    // A consumer that is thought dead goes on beside its successor: both count the same batches.
    const zombie = streams[0] ?? [];
    const work = [...streams, zombie].map(async (batches, at) => {
      const own = connect({ ...config, poolSize: 1 });
      for (const ballots of batches) await tallyBallots(own, batchOf(ballots, at % CONSUMERS));
      await own.end();
    });
    let isCounting = true;
    const counted = Promise.all(work).finally(() => {
      isCounting = false;
    });
    for (let at = 1; isCounting; at++) {
      await refreshBoard(sql);
      await closeEndedPolls(sql, end + at * 10);
    }
    await counted;
    const [stats] = await sql`
      select deadlocks from pg_stat_database where datname = ${config.database}`;
    expect(stats).toEqual({ deadlocks: 0 });
    expect(await sums(sql)).toEqual(total(CONSUMERS * 6 * BATCH));
    expect(await reconcile(sql, false)).toEqual([]);
  });

  test('never make results final while a vote accepted in time is uncounted', async () => {
    const { sql } = database();
    await sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`;
    const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
    const past = poll.expiredAt + 10_000;
    await closeEndedPolls(sql, past);
    const late = someBallot(poll, { appendTime: poll.expiredAt + 1 });
    const mark = { number: await drawMark(sql, 1_000, past), appendTime: past };
    await passMark(sql, 0, mark);
    const finalize = () => finalizePolls(sql, 2, 1_000, past);
    expect(await finalize()).toBe(1);
    const last = { partition: 1, ballots: [late], end: { appendTime: past, offset: 9 }, mark };
    await Promise.all([tallyBallots(sql, last), finalize()]);
    expect(await finalize()).toBe(0);
    expect(await findPoll(sql, poll.id, past)).toMatchObject({ is_final: true, total_votes: 1 });
  });

  test('give the tallies of the votes in order, however batches are cut, mixed and repeated', async () => {
    const { sql } = database();
    await fc.assert(
      fc.asyncProperty(history(), async ({ allowChange, votes, cuts, repeats }) => {
        await sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`;
        const poll = await somePoll(sql, { allowChange, maxChoices: 2, size: 4 });
        const ballots = votes.map(({ voter, choices }, at) =>
          someBallot(poll, {
            voterKey: `${voter}`.padStart(32, '0'),
            choices,
            appendTime: 1_000 + (at >> 1),
            offset: at,
          }),
        );
        const batches = cutAt(ballots, cuts);
        // Each goes down once in order; those behind are repeated at any later time, as a zombie would.
        for (const [at, batch] of batches.entries()) {
          await tallyBallots(sql, batchOf(batch));
          for (const repeat of repeats.filter(({ after }) => after % batches.length === at)) {
            const again = ballots.slice(0, batches.slice(0, at + 1).flat().length);
            await tallyBallots(sql, batchOf(again.slice(repeat.from % again.length)));
          }
        }
        const found = await findPoll(sql, poll.id, Date.now());
        expect(found?.options.map(({ vote_count }) => vote_count)).toEqual(
          tallyInOrder(ballots, allowChange),
        );
        expect(await reconcile(sql, false)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

function history() {
  const choices = fc.constantFrom(0b0000, 0b0001, 0b0010, 0b0100, 0b0011, 0b1100, 0b0111);
  return fc.record({
    allowChange: fc.boolean(),
    votes: fc.array(fc.record({ voter: fc.nat(5), choices }), { minLength: 1, maxLength: 20 }),
    cuts: fc.array(fc.nat(20), { maxLength: 5 }),
    repeats: fc.array(fc.record({ after: fc.nat(5), from: fc.nat(20) }), { maxLength: 4 }),
  });
}

function cutAt(ballots: LoggedBallot[], cuts: number[]): LoggedBallot[][] {
  const edges = [...new Set([0, ...cuts.map((cut) => cut % ballots.length), ballots.length])].sort(
    (a, b) => a - b,
  );
  return edges.slice(1).map((edge, at) => ballots.slice(edges[at], edge));
}

/** The plainest reading of the rules, one ballot at a time; at most two choices fit. */
function tallyInOrder(ballots: LoggedBallot[], allowChange: boolean): number[] {
  const standing = new Map<string, number>();
  for (const { voterKey, choices } of ballots) {
    const fits = choices !== 0b0111 && (choices !== 0 || allowChange);
    if (fits && (allowChange || !standing.has(voterKey))) standing.set(voterKey, choices);
  }
  const marks = [...standing.values()];
  return [1, 2, 4, 8].map((bit) => marks.filter((choices) => (choices & bit) !== 0).length);
}

test('count a batch exactly once if its server is killed during it and it is retried', async () => {
  const server = await startPostgres();
  try {
    await makeTemplate(server);
    const { sql, end } = await freshDatabase(server, 1);
    const poll = await somePoll(sql);
    const batches = Array.from({ length: 20 }, () =>
      batchOf(Array.from({ length: BATCH }, () => someBallot(poll))),
    );
    let counted = 0;
    let killed: Promise<void> | undefined;
    for (const batch of batches) {
      // Into the middle of the fifth, when the server is at work on it.
      let counting = tallyBallots(sql, batch);
      if (counted === 5) killed = server.kill9().then(() => server.restart());
      // As the event source does: the same batch again until it succeeds.
      for (let isDone = false; !isDone; ) {
        isDone = await counting.then(() => true).catch(() => false);
        await killed;
        if (!isDone) counting = tallyBallots(sql, batch);
      }
      counted += 1;
    }
    expect(killed).toBeDefined();
    expect(await sums(sql)).toEqual(total(20 * BATCH));
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ total_votes: 20 * BATCH });
    await end();
  } finally {
    await server.stop();
  }
});
