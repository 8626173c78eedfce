import { describe, expect, test } from '@jest/globals';
import type { Sql } from '../../../lib/sql/client.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { type BallotBatch, type RepeatHistory, tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

const MINUTE_MS = 60_000;

onEachPostgres('tallyBallots', (database) => {
  /** Votes by option, and the total of ballots. */
  async function countsOf({ id }: { id: string }): Promise<[(number | null)[], number | null]> {
    const poll = await findPoll(database().sql, id, Date.now());
    return [poll?.options.map(({ vote_count }) => vote_count) ?? [], poll?.total_votes ?? null];
  }

  describe('a batch', () => {
    test('moves the tallies of several polls by its ballots, and returns those polls and how many counted', async () => {
      const { sql } = database();
      const [one, other] = [await somePoll(sql), await somePoll(sql)];
      const ballots = [someBallot(one), someBallot(other, { choices: 4 }), someBallot(one, { choices: 2 })];
      const tallied = await tallyBallots(sql, batchOf([...ballots, someBallot(one)]));
      const pollIds = [one, other].map(({ id }) => id.replaceAll('-', ''));
      expect(tallied).toEqual({ pollIds, counted: 4 });
      expect(await countsOf(one)).toEqual([[2, 1, 0], 3]);
      expect(await countsOf(other)).toEqual([[0, 0, 1], 1]);
    });

    test('changes nothing when it is repeated, not even the version', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const batch = batchOf([someBallot(poll), someBallot(poll)]);
      await tallyBallots(sql, batch);
      const before = await findPoll(sql, poll.id, Date.now());
      const again = await tallyBallots(sql, batch);
      expect(again).toEqual({ pollIds: [expect.any(String)], counted: undefined });
      expect(await findPoll(sql, poll.id, Date.now())).toEqual(before);
      expect(before?.version).toBe(2);
    });

    test('counts a voter once, with the second vote in the same batch or later', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const first = someBallot(poll);
      const second = someBallot(poll, { voterKey: first.voterKey, choices: 2 });
      const third = someBallot(poll, { voterKey: first.voterKey, choices: 4 });
      await tallyBallots(sql, batchOf([first, second]));
      expect(await tallyBallots(sql, batchOf([third]))).toMatchObject({ counted: 0 });
      expect(await countsOf(poll)).toEqual([[1, 0, 0], 1]);
    });

    test('is judged by the time of acceptance, to the microsecond, and not by the time of counting', async () => {
      const { sql } = database();
      const [opensAt, expiredAt] = [Date.now() - 2 * MINUTE_MS, Date.now() - MINUTE_MS];
      const poll = await somePoll(sql, { opensAt, expiredAt });
      const at = (acceptedAt: number) => someBallot(poll, { acceptedAt });
      const [opening, end] = [opensAt * 1_000, expiredAt * 1_000];
      await tallyBallots(sql, batchOf([at(opening - 1), at(opening), at(end - 1), at(end)]));
      expect(await countsOf(poll)).toEqual([[2, 0, 0], 2]);
    });

    test('skips unknown polls and choices that do not fit the poll', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { size: 4, maxChoices: 2 });
      const unknown = { id: '00000000-0000-7000-8000-000000000000', allowChange: false };
      const masks = [0, 0b0111, 0b1_0000, 2 ** 52, Number.MAX_SAFE_INTEGER, 0b1010, 0b1000];
      const ballots = masks.map((choices) => someBallot(poll, { choices }));
      await tallyBallots(sql, batchOf([someBallot(unknown), ...ballots]));
      expect(await countsOf(poll)).toEqual([[0, 1, 0, 2], 2]);
    });

    test('counts every option of a poll of 50, alone and together', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { size: 50, maxChoices: 50 });
      const alone = Array.from({ length: 50 }, (_, position) => someBallot(poll, { choices: 2 ** position }));
      await tallyBallots(sql, batchOf([...alone, someBallot(poll, { choices: 2 ** 50 - 1 })]));
      expect(await countsOf(poll)).toEqual([new Array(50).fill(2), 51]);
    });

    test('can be empty and still moves the progress of its partition', async () => {
      const { sql } = database();
      const partition = 77;
      const progress = async () =>
        sql`select append_time, log_offset from partition_progress where partition = ${partition}`;
      await tallyBallots(sql, { partition, ballots: [], end: { appendTime: 5, offset: 100 } });
      await tallyBallots(sql, { partition, ballots: [], end: { appendTime: 4, offset: 200 } });
      expect(await progress()).toEqual([{ append_time: 5, log_offset: 100 }]);
      // A rebuilt broker begins at offset 0 again.
      await tallyBallots(sql, { partition, ballots: [], end: { appendTime: 6, offset: 0 } });
      expect(await progress()).toEqual([{ append_time: 6, log_offset: 0 }]);
    });
  });

  describe('a long time without repeated votes', () => {
    const PARTITION = 50;
    const repeats: RepeatHistory = new Map();
    const tally = (sql: Sql, batch: BallotBatch) => tallyBallots(sql, batch, repeats);
    let offset = 0;
    const batchesOfStrangers = async (sql: Sql) => {
      // More than it takes for the tally to trust again that there is nobody.
      for (const last = offset + 101; offset < last; offset++) {
        await tally(sql, { partition: PARTITION, ballots: [], end: { appendTime: 1, offset } });
      }
    };

    test('does not let a repeated batch or voter count twice', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const batch = batchOf([someBallot(poll), someBallot(poll)], PARTITION);
      const [first] = batch.ballots;
      await batchesOfStrangers(sql);
      await tally(sql, batch);
      await tally(sql, batch);
      await batchesOfStrangers(sql);
      const again = someBallot(poll, { voterKey: first?.voterKey ?? '', choices: 2 });
      await tally(sql, batchOf([someBallot(poll, { choices: 4 }), again], PARTITION));
      expect(await countsOf(poll)).toEqual([[2, 0, 1], 3]);
    });

    test('still lets a vote change', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { allowChange: true });
      const first = someBallot(poll);
      await batchesOfStrangers(sql);
      await tally(sql, batchOf([first], PARTITION));
      await tally(sql, batchOf([someBallot(poll, { voterKey: first.voterKey, choices: 2 })], PARTITION));
      expect(await countsOf(poll)).toEqual([[0, 1, 0], 1]);
    });
  });

  describe('if votes may change', () => {
    test('a later ballot replaces the earlier, and tallies move by the difference', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { allowChange: true, maxChoices: 2 });
      const first = someBallot(poll, { choices: 0b011 });
      await tallyBallots(sql, batchOf([first, someBallot(poll, { choices: 0b001 })]));
      await tallyBallots(sql, batchOf([someBallot(poll, { voterKey: first.voterKey, choices: 0b110 })]));
      expect(await countsOf(poll)).toEqual([[1, 1, 1], 2]);
    });

    test('a ballot accepted earlier that arrives late replaces none, in the same batch or another', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { allowChange: true });
      const givenUp = [someBallot(poll), someBallot(poll)];
      const again = givenUp.map(({ voterKey }) => someBallot(poll, { voterKey, choices: 2 }));
      await tallyBallots(sql, batchOf(again.slice(0, 1)));
      const before = await findPoll(sql, poll.id, Date.now());
      await tallyBallots(sql, batchOf(givenUp.slice(0, 1)));
      expect(await findPoll(sql, poll.id, Date.now())).toEqual(before);
      await tallyBallots(sql, batchOf([...again, ...givenUp]));
      expect(await countsOf(poll)).toEqual([[0, 2, 0], 2]);
    });

    test('of two ballots accepted in the same microsecond, the first in the log counts', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { allowChange: true });
      const first = someBallot(poll);
      const { voterKey, acceptedAt } = first;
      const second = someBallot(poll, { voterKey, acceptedAt, choices: 2 });
      await tallyBallots(sql, batchOf([first, second]));
      await tallyBallots(sql, batchOf([second]));
      expect(await countsOf(poll)).toEqual([[1, 0, 0], 1]);
    });

    test('a ballot without choice withdraws, and changes nothing if there is no vote', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { allowChange: true });
      const vote = someBallot(poll);
      const withdrawal = someBallot(poll, { voterKey: vote.voterKey, choices: 0 });
      await tallyBallots(sql, batchOf([vote, someBallot(poll, { choices: 0 })]));
      expect(await countsOf(poll)).toEqual([[1, 0, 0], 1]);
      await tallyBallots(sql, batchOf([withdrawal]));
      expect(await countsOf(poll)).toEqual([[0, 0, 0], 0]);
      await tallyBallots(sql, batchOf([someBallot(poll, { voterKey: vote.voterKey, choices: 4 })]));
      expect(await countsOf(poll)).toEqual([[0, 0, 1], 1]);
    });
  });
});
