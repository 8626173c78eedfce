import { beforeEach, expect, test } from '@jest/globals';
import { reconcile } from '../../../lib/sql/drift.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

onEachPostgres('reconcile', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  test('finds no drift in counted votes, with several choices and withdrawals', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { allowChange: true, maxChoices: 3 });
    const ballots = [0b111, 0b010, 0, 0b110].map((choices) => someBallot(poll, { choices }));
    await tallyBallots(sql, batchOf(ballots));
    const { voterKey } = ballots[0] ?? someBallot(poll);
    await tallyBallots(sql, batchOf([someBallot(poll, { voterKey, choices: 0b100 })]));
    expect(await reconcile(sql, false)).toEqual([]);
  });

  test('reports drift, and repairs it only on request', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { size: 2 });
    await tallyBallots(sql, batchOf([someBallot(poll), someBallot(poll, { choices: 2 })]));
    await sql`update tallies set votes = 7 where position = 1`;
    await sql`update tallies set ballots = 0 where position = 0`;
    const drift = [
      { poll_id: poll.id, position: 0, tallied: { votes: 1, ballots: 0 }, counted: { votes: 1, ballots: 1 } },
      { poll_id: poll.id, position: 1, tallied: { votes: 7, ballots: 1 }, counted: { votes: 1, ballots: 1 } },
    ];
    expect(await reconcile(sql, false)).toEqual(drift);
    expect(await reconcile(sql, true)).toEqual(drift);
    expect(await reconcile(sql, false)).toEqual([]);
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ total_votes: 2, version: 5 });
  });
});
