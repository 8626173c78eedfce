import { beforeEach, expect, test } from '@jest/globals';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { decideChanges } from '../../../lib/domain/pollChanges.ts';
import { type VoteStatus, voteStatus } from '../../../lib/domain/voteStatus.ts';
import { REWORDING_PAUSE_MS } from '../../../lib/domain/wording.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { saveChangedPoll } from '../../../lib/sql/changePoll.ts';
import type { AnySql } from '../../../lib/sql/client.ts';
import { findChangeablePoll } from '../../../lib/sql/findChangeablePoll.ts';
import { findPoll, findPollRules } from '../../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../../lib/sql/voteFacts.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, type LoggedBallot, someBallot, somePoll } from '../../support/database/polls.ts';
import { untilLockIsAwaited } from '../../support/database/untilLockIsAwaited.ts';

const SWAPPED = { options: ['Place 1', 'Place 0', 'Place 2'] };
const CHANGED = { status: 'rejected', reason: 'poll_changed' };

onEachPostgres('a rewording', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  const count = (...ballots: LoggedBallot[]) => tallyBallots(database().sql, batchOf(ballots));
  const wordingOf = async ({ id }: NewPoll) => (await findPollRules(database().sql, id))?.wording ?? 0;

  /** Stores the swapped options without waiting until votes count. */
  async function swap(sql: AnySql, { id: pollId }: NewPoll): Promise<void> {
    const found = await findChangeablePoll(sql, pollId);
    const decision = found && decideChanges(found.poll, SWAPPED, Date.now());
    if (decision?.outcome !== 'changed') throw new Error('The options are swapped already.');
    expect(
      await saveChangedPoll(sql, { pollId, storedVersion: found?.storedVersion ?? 0, ...decision }),
    ).toEqual({
      votesCountFrom: expect.any(Number),
    });
  }

  async function statusOf(ballot: LoggedBallot): Promise<VoteStatus> {
    const [facts] = await findVoteFacts(database().sql, [{ ...ballot, partition: 0 }]);
    if (!facts) throw new Error('There are no facts.');
    return voteStatus({ ...ballot, isWithdrawal: ballot.choices === 0 }, facts);
  }

  async function votesOf({ id }: NewPoll): Promise<(number | null)[]> {
    const poll = await findPoll(database().sql, id, Date.now());
    return poll?.options.map(({ vote_count }) => vote_count) ?? [];
  }

  test('rejects votes that were accepted for the old words, again when they are seen again', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    const old = [someBallot(poll), someBallot(poll, { choices: 2 })] as const;
    const { poll: changed } = await changePoll(sql, poll.id, SWAPPED);
    const wording = await wordingOf(poll);
    // Accepted by older rules, which castVote still remembered.
    const later = someBallot(poll);
    const other = someBallot(poll, { wording: wording + 1 });
    await count(...old, later, other);
    expect(await findPoll(sql, poll.id, Date.now())).toEqual(changed);
    for (const one of [...old, later, other]) expect(await statusOf(one)).toEqual(CHANGED);

    const again = someBallot(poll, { voterKey: old[0].voterKey, wording });
    await count(again);
    await count(...old, again, later);
    expect(await votesOf(poll)).toEqual([1, 0, 0]);
    expect([await statusOf(again), await statusOf(old[0])]).toEqual([{ status: 'counted' }, CHANGED]);

    await sql`truncate votes, partition_progress`;
    await sql`update tallies set votes = 0, ballots = 0, moves = 0`;
    await count(...old, later, other, again);
    expect(await votesOf(poll)).toEqual([1, 0, 0]);
  });

  test('is in force when it is answered, two seconds later, also if the request is repeated meanwhile', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await swap(sql, poll);
    const wording = await wordingOf(poll);
    const early = someBallot(poll, { wording });
    await changePoll(sql, poll.id, SWAPPED);
    const ballot = someBallot(poll, { wording });
    expect((ballot.acceptedAt - early.acceptedAt) / 1_000).toBeGreaterThan(REWORDING_PAUSE_MS - 1_000);
    await count(early, ballot);
    expect([await statusOf(early), await statusOf(ballot)]).toEqual([CHANGED, { status: 'counted' }]);
    expect(await votesOf(poll)).toEqual([1, 0, 0]);
  });

  test('does not wait where no votes are taken', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { opensAt: Date.now() + 60_000 });
    const begun = performance.now();
    await changePoll(sql, poll.id, SWAPPED);
    expect(performance.now() - begun).toBeLessThan(REWORDING_PAUSE_MS);
  });

  test('that commits while a tally waits for it has that tally judge again', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    const ballots = [someBallot(poll), someBallot(poll, { choices: 4 })];
    let counting: Promise<unknown> | undefined;
    await sql.begin(async (tx) => {
      await swap(tx, poll);
      counting = count(...ballots);
      await untilLockIsAwaited(sql);
    });
    await counting;
    expect(await votesOf(poll)).toEqual([0, 0, 0]);
    for (const one of ballots) expect(await statusOf(one)).toEqual(CHANGED);
    expect(await sql`select from votes`).toEqual([]);
  });

  test('leaves ballots of other polls in the same batch alone', async () => {
    const { sql } = database();
    const [poll, other] = [await somePoll(sql, { allowChange: true }), await somePoll(sql)];
    await swap(sql, poll);
    const wording = await wordingOf(poll);
    const acceptedAt = (Date.now() + REWORDING_PAUSE_MS) * 1_000 + 1_000;
    await count(
      someBallot(poll),
      someBallot(other, { choices: 2 }),
      someBallot(poll, { wording, acceptedAt, choices: 4 }),
      someBallot(other),
    );
    expect([await votesOf(poll), await votesOf(other)]).toEqual([
      [0, 0, 1],
      [1, 1, 0],
    ]);
  });

  test('lets an empty ballot count, which chooses nothing, before and after', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { allowChange: true });
    const [before, after] = [someBallot(poll, { choices: 0 }), someBallot(poll, { choices: 0 })];
    await count(before);
    await swap(sql, poll);
    await count(before, after);
    for (const one of [before, after]) expect(await statusOf(one)).toEqual({ status: 'counted' });
  });
});
