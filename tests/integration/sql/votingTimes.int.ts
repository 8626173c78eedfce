import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { voteStatus } from '../../../lib/domain/voteStatus.ts';
import { RefusedError } from '../../../lib/errors.ts';
import type { LoggedBallot } from '../../../lib/sql/ballotColumns.ts';
import type { Sql } from '../../../lib/sql/client.ts';
import { closeEndedPolls } from '../../../lib/sql/closeEndedPolls.ts';
import { finalizePolls } from '../../../lib/sql/finalizePolls.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { findVoteFacts } from '../../../lib/sql/findVoteFacts.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { changePoll } from '../../../lib/voting/changePoll.ts';
import { onEachPostgres } from '../../support/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/polls.ts';

const TICKS = 24;
const TICK_MS = 1_000;
const START = Date.now();
const timeOf = (tick: number) => START + tick * TICK_MS;

/** What happens at a tick, before its ballot is accepted. */
type Action =
  | { kind: 'nothing' }
  | { kind: 'close' }
  /** So many ticks on. */
  | { kind: 'move'; to: number }
  /** The schedule comes by. */
  | { kind: 'tidy' }
  /** What was accepted so far is counted. */
  | { kind: 'count' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>({ kind: 'nothing' }, { kind: 'close' }, { kind: 'tidy' }, { kind: 'count' }),
  fc.integer({ min: 1, max: 8 }).map((to): Action => ({ kind: 'move', to })),
);

const history = fc.record({
  opens: fc.option(fc.integer({ min: 1, max: 5 })),
  ends: fc.integer({ min: 6, max: 12 }),
  actions: fc.array(action, { minLength: TICKS, maxLength: TICKS }),
});

/** The plainest reading of the rules: one opening and one end at a time, and what they say at each tick. */
function plainPoll(opens: number | null, ends: number) {
  let [start, end, hasOpened] = [opens ?? 0, ends, opens === null];
  return {
    close(tick: number) {
      if (tick < end) end = tick;
    },
    /** @returns whether that is allowed */
    move(tick: number, to: number): boolean {
      const isOver = tick >= end;
      const next = !isOver || (!hasOpened && start > tick) ? start : tick;
      if (to <= next) return false;
      [start, end] = [next, to];
      return true;
    },
    statusAt(tick: number): 'scheduled' | 'open' | 'over' {
      if (tick >= end) return 'over';
      hasOpened ||= tick >= start;
      return tick < start ? 'scheduled' : 'open';
    },
  };
}

async function act(sql: Sql, poll: NewPoll, one: Action, tick: number): Promise<'done' | 'refused'> {
  const now = timeOf(tick);
  if (one.kind === 'tidy') {
    await closeEndedPolls(sql, now);
    await finalizePolls(sql, 1, 0, now);
  }
  if (one.kind !== 'close' && one.kind !== 'move') return 'done';
  const changes = one.kind === 'close' ? { closed: true as const } : { expired_at: timeOf(tick + one.to) };
  try {
    await changePoll(sql, poll.id, changes, () => now);
    return 'done';
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'invalid_request') return 'refused';
    throw error;
  }
}

async function counted(sql: Sql, ballots: LoggedBallot[]): Promise<number[]> {
  const rows = await sql<{ accepted_at: number }[]>`select accepted_at from votes`;
  const times = new Set(rows.map(({ accepted_at }) => accepted_at));
  return ballots.flatMap(({ acceptedAt }, tick) => (times.has(acceptedAt) ? [tick] : []));
}

onEachPostgres('whatever an owner does to the times of a poll', (database) => {
  test('exactly the ballots accepted while it was open count, also when all come again after a reopening', async () => {
    const { sql } = database();
    await fc.assert(
      fc.asyncProperty(history, async ({ opens, ends, actions }) => {
        await sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`;
        const opensAt = opens === null ? null : timeOf(opens);
        const poll = await somePoll(sql, { opensAt, expiredAt: timeOf(ends) });
        const plain = plainPoll(opens, ends);
        const ballots: LoggedBallot[] = [];
        const open: number[] = [];
        const count = () => tallyBallots(sql, batchOf(ballots));

        for (const [tick, one] of actions.entries()) {
          const outcome = await act(sql, poll, one, tick);
          if (one.kind === 'close') plain.close(tick);
          if (one.kind === 'move') expect(outcome === 'done').toBe(plain.move(tick, tick + one.to));
          if (one.kind === 'count') await count();
          const status = plain.statusAt(tick);
          const found = await findPoll(sql, poll.id, timeOf(tick));
          expect(found?.closed_at ? 'over' : found?.status).toBe(status);
          if (status === 'open') open.push(tick);
          const accepted = { acceptedAt: timeOf(tick) * 1_000, appendTime: timeOf(tick) };
          ballots.push(someBallot(poll, accepted));
        }
        await count();
        expect(await counted(sql, ballots)).toEqual(open);

        await act(sql, poll, { kind: 'move', to: 9 }, TICKS);
        await sql`truncate votes`;
        await count();
        expect(await counted(sql, ballots)).toEqual(open);
        await expectReasons(sql, ballots, open);
      }),
      { numRuns: 40 },
    );
  });
});

/** What the receipts of these ballots say. */
async function expectReasons(sql: Sql, ballots: LoggedBallot[], open: number[]): Promise<void> {
  const facts = await findVoteFacts(
    sql,
    ballots.map((ballot) => ({ ...ballot, partition: 0 })),
  );
  for (const [tick, ballot] of ballots.entries()) {
    const known = facts[tick];
    const status = known && voteStatus(ballot, known);
    if (open.includes(tick)) expect(status).toEqual({ status: 'counted' });
    else
      expect(status).toEqual({
        status: 'rejected',
        reason: expect.stringMatching(/^poll_(not_open|closed)$/),
      });
  }
}
