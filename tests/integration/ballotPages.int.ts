import { expect, test } from '@jest/globals';
import { type NewPoll, ownersPoll, visiblePoll } from '../../lib/domain/poll.ts';
import type { AnonymousBallot } from '../../lib/domain/results.ts';
import { createBallotPages } from '../../lib/polls/exportBallots.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../support/database/polls.ts';

const MINUTE_MS = 60_000;
// A page holds 20,000.
const BALLOTS = 20_010;

const readPage = createBallotPages([{ kid: 'k1', secret: 'a secret of enough characters for it' }]);

onEachPostgres('ballots for the owner', (database) => {
  async function shown({ id }: NewPoll) {
    const poll = await findPoll(database().sql, id, Date.now());
    if (!poll) throw new Error('There is no such poll.');
    return poll;
  }

  async function allPages(poll: NewPoll): Promise<AnonymousBallot[][]> {
    const pages: AnonymousBallot[][] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await readPage(database().sql, await shown(poll), cursor);
      pages.push(page.ballots ?? []);
      cursor = page.next_cursor;
    }
    return pages;
  }

  test('are the current ballots, each with its choices and the minute, and nothing else', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { allowChange: true, maxChoices: 2 });
    const begin = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const acceptedAt = (begin + 59_999) * 1_000;
    const [one, both, changed, withdrawn] = [
      someBallot(poll, { choices: 0b001, acceptedAt }),
      someBallot(poll, { choices: 0b101, acceptedAt }),
      someBallot(poll, { choices: 0b001 }),
      someBallot(poll, { choices: 0b010 }),
    ];
    const { voterKey } = changed;
    await tallyBallots(sql, batchOf([one, both, changed, withdrawn]));
    const later = someBallot(poll, { voterKey, choices: 0b100, acceptedAt });
    const withdrawal = someBallot(poll, { voterKey: withdrawn.voterKey, choices: 0 });
    await tallyBallots(sql, batchOf([later, withdrawal]));

    const [first, , third] = poll.options.map(({ id }) => id);
    const voted_at = new Date(begin).toISOString();
    const [ballots] = await allPages(poll);
    expect(ballots).toHaveLength(3);
    expect(ballots).toEqual(
      expect.arrayContaining([
        { option_ids: [first], voted_at },
        { option_ids: [first, third], voted_at },
        { option_ids: [third], voted_at },
      ]),
    );
  });

  test('are paged, each ballot once and in no order of time', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { size: 50, maxChoices: 1 });
    const ballots = Array.from({ length: BALLOTS }, (_, at) =>
      someBallot(poll, { choices: 2 ** Math.floor((at / BALLOTS) * 50) }),
    );
    for (let at = 0; at < BALLOTS; at += 2_000)
      await tallyBallots(sql, batchOf(ballots.slice(at, at + 2_000)));
    const pages = await allPages(poll);
    expect(pages.map(({ length }) => length)).toEqual([20_000, BALLOTS - 20_000]);
    const counts = poll.options.map(
      ({ id }) => pages.flat().filter(({ option_ids }) => option_ids[0] === id).length,
    );
    expect(counts).toEqual((await shown(poll)).options.map(({ vote_count }) => vote_count));
    // The first cast are for the first option, and would stand first.
    expect(new Set(pages[0]?.slice(0, 100).map(({ option_ids }) => option_ids[0])).size).toBeGreaterThan(10);
  });

  test('have smaller pages if each ballot may have many choices', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { size: 50, maxChoices: 50 });
    const ballots = Array.from({ length: 2_500 }, () => someBallot(poll, { choices: 2 ** 50 - 1 }));
    await tallyBallots(sql, batchOf(ballots));
    const pages = await allPages(poll);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toHaveLength(2_500);
    expect(JSON.stringify(pages[0]).length).toBeLessThan(5_000_000);
  });

  test('have cursors that are valid for one poll only', async () => {
    const { sql } = database();
    const [poll, other] = [await somePoll(sql, { size: 50, maxChoices: 50 }), await somePoll(sql)];
    const ballots = Array.from({ length: 2_500 }, () => someBallot(poll, { choices: 2 ** 50 - 1 }));
    await tallyBallots(sql, batchOf(ballots));
    const { next_cursor } = await readPage(sql, await shown(poll), undefined);
    expect(next_cursor).toEqual(expect.any(String));
    for (const [at, cursor] of [
      [other, `${next_cursor}`],
      [poll, `${next_cursor}x`],
      [poll, ''],
    ] as const) {
      const read = readPage(sql, await shown(at), cursor);
      await expect(read).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  test('are hidden while the results are hidden', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { resultsVisibility: 'after_close' });
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    for (const seen of [visiblePoll(await shown(poll), false), ownersPoll(await shown(poll))]) {
      expect(await readPage(sql, seen, undefined)).toEqual({ ballots: null, next_cursor: null });
    }
  });
});
