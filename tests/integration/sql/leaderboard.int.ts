import { beforeEach, describe, expect, test } from '@jest/globals';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { readLeaderboard, refreshBoard } from '../../../lib/sql/boards.ts';
import { closeEndedPolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

onEachPostgres('the leaderboard', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  /** Gives a poll's options so many votes, by position. */
  async function vote(poll: NewPoll, ...votes: number[]): Promise<void> {
    const ballots = votes.flatMap((count, position) =>
      Array.from({ length: count }, () => someBallot(poll, { choices: 2 ** position })),
    );
    await tallyBallots(database().sql, batchOf(ballots));
  }

  async function board(limit = 10): Promise<[number, string, number, number][]> {
    const entries = await readLeaderboard(database().sql, limit);
    return entries.map(({ rank, poll_id, position, vote_count }) => [rank, poll_id, position, vote_count]);
  }

  /** The board is the same whether its index is up to date or behind. */
  async function expectBoard(expected: [number, string, number, number][], limit = 10): Promise<void> {
    expect(await board(limit)).toEqual(expected);
    await refreshBoard(database().sql);
    expect(await database().sql`select from tallies where is_stale`).toEqual([]);
    expect(await board(limit)).toEqual(expected);
  }

  test('is empty without votes', () => expectBoard([]));

  test('orders by votes, age of the poll and position, and omits options without votes', async () => {
    const { sql } = database();
    const [older, newer] = [await somePoll(sql), await somePoll(sql)];
    await vote(newer, 2, 0, 3);
    await refreshBoard(sql);
    await vote(older, 2, 2);
    await expectBoard([
      [1, newer.id, 2, 3],
      [2, older.id, 0, 2],
      [2, older.id, 1, 2],
      [2, newer.id, 0, 2],
    ]);
    await expectBoard([[1, newer.id, 2, 3]], 1);
  });

  test('shows the texts of poll and option', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await vote(poll, 0, 1);
    const [option] = poll.options.slice(1);
    expect(await readLeaderboard(sql, 10)).toMatchObject([
      { poll_question: poll.question, option_id: option?.id, option_text: option?.text },
    ]);
  });

  test('omits polls that have ended, even before the schedule runs, and hidden or unlisted ones', async () => {
    const { sql } = database();
    const ended = await somePoll(sql, { expiredAt: Date.now() - 1_000 });
    const hidden = await somePoll(sql, { resultsVisibility: 'after_vote' });
    const unlisted = await somePoll(sql, { isListed: false });
    const open = await somePoll(sql);
    const inTime = someBallot(ended, { acceptedAt: (Date.now() - 2_000) * 1_000 });
    await tallyBallots(sql, batchOf([inTime, someBallot(hidden), someBallot(unlisted), someBallot(open)]));
    await expectBoard([[1, open.id, 0, 1]]);
    await closeEndedPolls(sql, Date.now());
    await expectBoard([[1, open.id, 0, 1]]);
  });

  test('follows a decreasing vote count', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { allowChange: true });
    const first = someBallot(poll);
    await tallyBallots(sql, batchOf([first, someBallot(poll)]));
    await refreshBoard(sql);
    await tallyBallots(sql, batchOf([someBallot(poll, { voterKey: first.voterKey, choices: 4 })]));
    await expectBoard([
      [1, poll.id, 0, 1],
      [1, poll.id, 2, 1],
    ]);
  });

  test('is refreshed without waiting for locked rows', async () => {
    const { sql } = database();
    const [busy, free] = [await somePoll(sql), await somePoll(sql)];
    await vote(busy, 1);
    await vote(free, 2);
    const stale = () => sql<{ poll_id: string }[]>`select poll_id from tallies where is_stale`;
    await sql.begin(async (counting) => {
      await counting`update tallies set votes = votes + 1 where poll_id = ${busy.id} and position = 0`;
      await refreshBoard(sql);
      expect(await stale()).toEqual([{ poll_id: busy.id }]);
    });
    await expectBoard([
      [1, busy.id, 0, 2],
      [1, free.id, 0, 2],
    ]);
  });

  describe('with many options', () => {
    beforeEach(async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      await sql`
        insert into polls (
          poll_id, option_count, max_choices, allow_change, results_visibility, created_at,
          expired_at, windows
        )
        select gen_random_uuid(), 50, 1, false, 'always', created_at, expired_at, windows
        from polls, generate_series(1, 400) where poll_id = ${poll.id}`;
      await sql`
        insert into questions (poll_key, question) select poll_key, 'Which?' from polls where option_count = 50`;
      await sql`
        insert into options (poll_key, position, option_id, option_text)
        select poll_key, position, gen_random_uuid(), 'one of many'
        from polls, generate_series(0, 49) as position where option_count = 50`;
      await sql`
        insert into tallies (poll_key, position, votes, ballots, board_votes, on_board, poll_id)
        select poll_key, position, votes, votes, votes, true, poll_id
        from polls, generate_series(0, 49) as position, mod(poll_key * 7919 + position, 1000) as votes
        where option_count = 50`;
      await sql`analyze`;
    });

    test('reads no more rows than it shows', async () => {
      const { sql } = database();
      const plans: string[] = [];
      // The plan of the very query, as the server reports it.
      const explaining = new Proxy(sql, {
        apply: async (target, _self, [strings, ...values]: [TemplateStringsArray, ...number[]]) => {
          const text = strings.reduce((sofar, part, at) => `${sofar}$${at}${part}`);
          const rows = await target.unsafe(`explain (analyze, costs off, timing off) ${text}`, values);
          plans.push(...rows.map((row) => `${row['QUERY PLAN']}`));
          return [];
        },
      });
      await readLeaderboard(explaining, 10);
      const reads = plans.flatMap((line, at) =>
        /Index.* Scan using tallies_board/.test(line) ? [plans.slice(at, at + 1)] : [],
      );
      expect(reads.flat().join()).toMatch(/rows=1\d(\.\d+)? loops=1\)/);
      expect(plans.join('\n')).not.toMatch(/Seq Scan on tallies/);
      expect(await board(10)).toHaveLength(10);
    });
  });
});
