import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { voteStatus } from '../../../lib/domain/voteStatus.ts';
import { RefusedError } from '../../../lib/errors.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import type { Sql } from '../../../lib/sql/client.ts';
import type { Clock } from '../../../lib/sql/databaseClock.ts';
import { findPolls, type StoredPoll } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls, drawMark, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../../lib/sql/voteFacts.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, type LoggedBallot, lastMark, someBallot, somePoll } from '../../support/database/polls.ts';

const TICKS = 24;
const TICK_MS = 1_000;
// The database takes a change of times only while it is still ahead.
const START = Date.now() + 3_600_000;
const timeOf = (tick: number) => START + tick * TICK_MS;

/** What happens at a tick, before its ballot is accepted. */
type Action =
  | { kind: 'nothing' }
  | { kind: 'close' }
  /** So many ticks on. */
  | { kind: 'move'; to: number }
  | { kind: 'open'; to: number }
  /** The schedule comes by. */
  | { kind: 'tidy' }
  /** What was accepted so far is counted. */
  | { kind: 'count' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>({ kind: 'nothing' }, { kind: 'close' }, { kind: 'tidy' }, { kind: 'count' }),
  fc.integer({ min: 1, max: 8 }).map((to): Action => ({ kind: 'move', to })),
  fc.integer({ min: -2, max: 8 }).map((to): Action => ({ kind: 'open', to })),
);

const history = fc.record({
  opens: fc.option(fc.integer({ min: 1, max: 10 })),
  ends: fc.integer({ min: 11, max: 16 }),
  actions: fc.array(action, { minLength: TICKS, maxLength: TICKS }),
});

type PlainStatus = 'scheduled' | 'open' | 'over';

/** The plainest reading of the rules: what a poll is at each tick, of which a change at one changes the later ones. */
function plainPoll(opens: number | null, ends: number) {
  let opening = opens ?? 0;
  const plan = (before: PlainStatus[], from: number, start: number, end: number) =>
    Array.from({ length: TICKS + 20 }, (_, tick) => {
      if (tick < from) return before[tick] ?? 'over';
      if (tick >= end) return 'over';
      return tick < start ? 'scheduled' : 'open';
    });
  let ticks = plan([], 0, opening, ends);

  function closed(from: number): PlainStatus[] {
    return plan(ticks, from, from, from);
  }
  /** @returns undefined if that is not allowed */
  function moved(from: number, to: number): PlainStatus[] | undefined {
    const hasOpened = ticks.slice(0, from).includes('open');
    const isOver = ticks[from] === 'over';
    // It ends then already.
    if (isOver && ticks[from - 1] !== 'over' && to === from) return ticks;
    const start = hasOpened ? from : Math.max(opening, from);
    if (to <= start && (isOver || !hasOpened)) return undefined;
    if (isOver && !hasOpened) opening = start;
    // Cancelled before, and called again: readers are told of the opening at once.
    return plan(ticks, isOver && !hasOpened ? from - 1 : from, start, to);
  }
  /** @returns undefined if that is not allowed */
  function opened(from: number, to: number): PlainStatus[] | undefined {
    if (ticks[from] === 'over') return undefined;
    const isAhead = ticks[from] === 'scheduled';
    const opensNext = ticks[from - 1] !== 'open' && !isAhead;
    // It is so already, or no change can be sooner.
    if (!isAhead) return to < from || (opensNext && to === from) ? ticks : undefined;
    const [start, end] = [Math.max(to, from), ticks.lastIndexOf('open') + 1];
    if (start >= end) return undefined;
    opening = start;
    return plan(ticks, from, start, end);
  }
  function change(changed: PlainStatus[] | undefined): boolean {
    ticks = changed ?? ticks;
    return changed !== undefined;
  }
  return {
    close: (tick: number) => change(closed(tick + 1)),
    move: (tick: number, to: number) => change(moved(tick + 1, to)),
    open: (tick: number, to: number) => change(opened(tick + 1, to)),
    statusAt: (tick: number) => ticks[tick],
  };
}

/** It waits in no time. */
function clockFrom(start: number): Clock {
  let now = start;
  return {
    now: () => now,
    until: async (moment) => {
      now = moment;
    },
  };
}

async function act(sql: Sql, poll: NewPoll, one: Action, tick: number): Promise<'done' | 'refused'> {
  const now = timeOf(tick);
  if (one.kind === 'tidy') {
    await closeEndedPolls(sql, now);
    await drawMark(sql, 0, now);
    await finalizePolls(sql, 1, 0, now);
  }
  if (one.kind !== 'close' && one.kind !== 'move' && one.kind !== 'open') return 'done';
  const moved = (to: number) => ({ [one.kind === 'open' ? 'opens_at' : 'expired_at']: timeOf(tick + to) });
  const changes = one.kind === 'close' ? { closed: true as const } : moved(one.to);
  const clock = clockFrom(now);
  try {
    await changePoll(sql, poll.id, changes, { readClock: async () => clock });
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

onEachPostgres('a tally under any changes of the voting times', (database) => {
  test('counts exactly the ballots accepted while the poll was open, also in a replay after a reopening', async () => {
    const { sql } = database();
    await fc.assert(
      fc.asyncProperty(history, async ({ opens, ends, actions }) => {
        await sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`;
        const opensAt = opens === null ? null : timeOf(opens);
        const poll = await somePoll(sql, { opensAt, expiredAt: timeOf(ends) });
        const plain = plainPoll(opens, ends);
        const ballots: LoggedBallot[] = [];
        const open: number[] = [];
        const seen: StoredPoll[] = [];
        const count = async () => {
          const mark = { number: await lastMark(sql), appendTime: timeOf(2 * TICKS) };
          await tallyBallots(sql, { ...batchOf(ballots), mark });
        };

        const see = async (tick: number) => {
          const found = (await findPolls(sql, [poll.id], timeOf(tick)))[0] as StoredPoll;
          seen.push(found);
          return found.poll;
        };

        for (const [tick, one] of actions.entries()) {
          await see(tick);
          const outcome = await act(sql, poll, one, tick);
          if (one.kind === 'close') plain.close(tick);
          if (one.kind === 'move') expect(outcome === 'done').toBe(plain.move(tick, tick + one.to));
          if (one.kind === 'open') expect(outcome === 'done').toBe(plain.open(tick, tick + one.to));
          if (one.kind === 'count') await count();
          const status = plain.statusAt(tick);
          const found = await see(tick);
          expect(found.closed_at ? 'over' : found.status).toBe(status);
          if (status === 'open') open.push(tick);
          const accepted = { acceptedAt: timeOf(tick) * 1_000, appendTime: timeOf(tick) };
          ballots.push(someBallot(poll, accepted));
        }
        await count();
        await see(TICKS);
        expect(await counted(sql, ballots)).toEqual(open);
        expectVersionsToTell(seen);

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

/** A reader of the poll at these moments knows by the version whether it has changed. The part that counting does not
 * change rises with all else. */
function expectVersionsToTell(seen: StoredPoll[]): void {
  const visible = ({ poll: { version, ...rest } }: StoredPoll) => JSON.stringify(rest);
  const state = ({ poll: { version, total_votes, options, ...rest } }: StoredPoll) => JSON.stringify(rest);
  for (const [at, next] of seen.slice(1).entries()) {
    const last = seen[at] as StoredPoll;
    const risen = Number(next.poll.version) - Number(last.poll.version);
    const risenByState = next.stateVersion - last.stateVersion;
    expect({ last, next, isAsBefore: risen < 0 || risenByState < 0 }).toEqual({
      last,
      next,
      isAsBefore: false,
    });
    if (visible(next) !== visible(last)) expect({ last, next, risen }).not.toEqual({ last, next, risen: 0 });
    if (state(next) !== state(last))
      expect({ last, next, risenByState }).not.toEqual({ last, next, risenByState: 0 });
  }
}

/** What the receipts of these ballots say. */
async function expectReasons(sql: Sql, ballots: LoggedBallot[], open: number[]): Promise<void> {
  const facts = await findVoteFacts(
    sql,
    ballots.map((ballot) => ({ ...ballot, partition: 0 })),
  );
  for (const [tick, ballot] of ballots.entries()) {
    const known = facts[tick];
    const status = known && voteStatus({ ...ballot, isWithdrawal: false }, known);
    if (open.includes(tick)) expect(status).toEqual({ status: 'counted' });
    else
      expect(status).toEqual({
        status: 'rejected',
        reason: expect.stringMatching(/^poll_(not_open|closed)$/),
      });
  }
}
