import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { opensResults } from '../../lib/votes/lookUpVote.ts';
import { databaseOn } from '../support/database/databaseOn.ts';
import { onEachPostgres } from '../support/database/eachPostgres.ts';
import { batchOf, type LoggedBallot, someBallot, somePoll } from '../support/database/polls.ts';

const hidden = { resultsVisibility: 'after_vote', allowChange: true } as const;

onEachPostgres('a receipt for results visible after voting', (database) => {
  async function pollOf() {
    const { sql } = database();
    const poll = await somePoll(sql, hidden);
    const one = someBallot(poll);
    const ballot = (choices: number) => someBallot(poll, { voterKey: one.voterKey, choices });
    const count = (...ballots: LoggedBallot[]) => tallyBallots(sql, batchOf(ballots));
    const opens = (vote: LoggedBallot, pollId = poll.id) => {
      const reference = { ...vote, partition: 0, isWithdrawal: vote.choices === 0 };
      return opensResults(databaseOn(sql), reference, pollId);
    };
    return { poll, ballot, count, opens };
  }

  test('opens them once its vote is counted, also after it was replaced or withdrawn', async () => {
    const { ballot, count, opens, poll } = await pollOf();
    const [first, second, withdrawal] = [ballot(1), ballot(2), ballot(0)] as const;
    expect(await opens(first)).toBe(false);
    await count(first);
    await count(second);
    expect([await opens(first), await opens(second)]).toEqual([true, true]);
    await count(withdrawal);
    expect([await opens(first), await opens(second), await opens(withdrawal)]).toEqual([true, true, true]);
    expect(await opens(first, (await somePoll(database().sql, hidden)).id)).toBe(false);
    expect(await findPoll(database().sql, poll.id, Date.now())).toMatchObject({ total_votes: 0 });
  });

  test('opens them after its withdrawal was repeated, or replaced by a choice that was withdrawn too', async () => {
    const { ballot, count, opens, poll } = await pollOf();
    const votes = [1, 0, 0, 0, 2, 0, 0].map(ballot);
    for (const [index, vote] of votes.entries()) {
      await count(vote);
      const counted = votes.slice(0, index + 1);
      expect(await Promise.all(counted.map((one) => opens(one)))).toEqual(counted.map(() => true));
    }
    expect(await findPoll(database().sql, poll.id)).toMatchObject({ total_votes: 0 });
  });

  test('opens them if one batch has a choice and its withdrawal', async () => {
    for (const choices of [
      [1, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]) {
      const { ballot, count, opens, poll } = await pollOf();
      const votes = choices.map(ballot);
      await count(...votes);
      expect(await Promise.all(votes.map((one) => opens(one)))).toEqual(votes.map(() => true));
      // The choice was never in the tallies, so nothing leaves them.
      const again = ballot(0);
      await count(again);
      expect(await opens(again)).toBe(true);
      expect(await findPoll(database().sql, poll.id)).toMatchObject({ total_votes: 0 });
    }
  });

  test('opens them however the log is cut into batches, if and only if its voter ever chose', async () => {
    const isCut = fc.record({ choices: fc.constantFrom(0, 0, 1, 2), isCut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(isCut, { minLength: 1, maxLength: 6 }), async (plan) => {
        const { ballot, count, opens } = await pollOf();
        const votes = plan.map(({ choices }) => ballot(choices));
        const starts = plan.flatMap(({ isCut }, index) => (isCut || index === 0 ? [index] : []));
        for (const [at, start] of starts.entries()) await count(...votes.slice(start, starts[at + 1]));
        const last = votes.at(-1) as LoggedBallot;
        expect(await opens(last)).toBe(votes.some(({ choices }) => choices > 0));
      }),
      { numRuns: 50 },
    );
  });

  test('opens nothing if its ballot is empty and nothing stood, and such a ballot changes nothing', async () => {
    const { ballot, count, opens, poll } = await pollOf();
    const before = await findPoll(database().sql, poll.id, Date.now());
    const [first, second] = [ballot(0), ballot(0)] as const;
    await count(first);
    expect(await opens(first)).toBe(false);
    await count(second);
    expect([await opens(first), await opens(second)]).toEqual([false, false]);
    expect(await findPoll(database().sql, poll.id, Date.now())).toEqual(before);
  });
});
