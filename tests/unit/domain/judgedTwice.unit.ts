import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { whenVotesAreTaken } from '../../../lib/domain/ballot.ts';
import { closedAt, pollStatus, type VotingWindow } from '../../../lib/domain/poll.ts';
import { type ChangeablePoll, decideChanges, type PollChanges } from '../../../lib/domain/pollChanges.ts';
import { LEAD_MS, type VotingTimes } from '../../../lib/domain/votingWindows.ts';

/** A request of an owner, so long after the one before; it commits so long after it was decided. */
interface Request {
  afterMs: number;
  commitMs: number;
  asks: 'close' | 'end' | 'opening' | 'both' | 'seconds';
  endMs: number;
  openMs: number;
}

const request: fc.Arbitrary<Request> = fc.record({
  afterMs: fc.integer({ min: 0, max: 4_000 }),
  // Later, the database refuses it.
  commitMs: fc.integer({ min: 0, max: LEAD_MS / 2 }),
  asks: fc.constantFrom('close', 'end', 'opening', 'both', 'seconds'),
  endMs: fc.integer({ min: 1, max: 6_000 }),
  openMs: fc.integer({ min: -1_000, max: 6_000 }),
});
const poll = fc.record({
  opensAt: fc.option(fc.integer({ min: 0, max: 5_000 })),
  ends: fc.integer({ min: 5_001, max: 12_000 }),
  requests: fc.array(request, { maxLength: 8 }),
});

const windowsOf = ({ earlier, latest }: VotingTimes) => [...earlier, latest];

/** The windows that are committed from a moment on, and the moment from which they hold. */
interface Committed {
  at: number;
  from: number;
  windows: VotingWindow[];
}

function changesOf({ asks, endMs, openMs }: Request, now: number): PollChanges {
  const [opening, end] = [{ opens_at: now + openMs }, { expired_at: now + endMs }];
  const kinds = { close: { closed: true as const }, end, opening, both: { ...opening, ...end } };
  return asks === 'seconds' ? { expires_in: 5 } : kinds[asks];
}

/** What the database holds, one change after the other: the next is decided on what the one before has made of it,
 * and once that is in force. */
function historyOf({ opensAt, ends, requests }: typeof poll extends fc.Arbitrary<infer T> ? T : never) {
  const latest = { start: opensAt ?? Number.NEGATIVE_INFINITY, end: ends };
  let changed: ChangeablePoll = {
    question: '?',
    options: ['a', 'b'],
    times: { earlier: [], latest, opensAt },
    expiredAt: ends,
    isListed: true,
  };
  const history: Committed[] = [{ at: 0, from: 0, windows: windowsOf(changed.times) }];
  let now = 0;
  for (const one of requests) {
    const { afterMs, commitMs } = one;
    now += afterMs;
    const decision = decideChanges(changed, changesOf(one, now), now);
    if (decision.outcome !== 'changed' || !decision.timesChange) continue;
    expect(decision.timesChange.from).toBeGreaterThanOrEqual(now + LEAD_MS);
    changed = decision.poll;
    const { from } = decision.timesChange;
    history.push({ at: now + commitMs, from, windows: windowsOf(changed.times) });
    // An end further ahead is in force at once.
    now = from - now <= LEAD_MS ? from : now + commitMs;
  }
  return history;
}

const isTaken = (windows: VotingWindow[], at: number) => whenVotesAreTaken(windows, at) === 'open';

test('a ballot gets the same judgement whenever it is counted', () => {
  fc.assert(
    fc.property(poll, fc.integer({ min: 0, max: 45_000 }), fc.nat(10_000), (one, accepted, later) => {
      const history = historyOf(one);
      const countedAt = accepted + later;
      const seen = history.findLast(({ at }) => at <= countedAt)?.windows ?? [];
      expect(isTaken(seen, accepted)).toBe(isTaken(history.at(-1)?.windows ?? [], accepted));
    }),
    { numRuns: 2_000 },
  );
});

test('readers see a poll as open exactly while votes are accepted', () => {
  fc.assert(
    fc.property(poll, fc.integer({ min: 0, max: 45_000 }), (one, now) => {
      const windows = historyOf(one).at(-1)?.windows ?? [];
      const status = pollStatus(windows, false, now);
      expect(status === 'open').toBe(isTaken(windows, now));
      expect(closedAt(windows, now) === null).toBe(status !== 'closing');
    }),
    { numRuns: 2_000 },
  );
});

test('a poll that will reopen is shown as closed since its previous end', () => {
  const windows = [
    { start: 0, end: 100 },
    { start: 200, end: 300 },
  ];
  expect([pollStatus(windows, false, 150), closedAt(windows, 150)]).toEqual(['closing', 100]);
  expect([pollStatus(windows, false, 200), closedAt(windows, 200)]).toEqual(['open', null]);
  expect([pollStatus(windows, true, 300), closedAt(windows, 300)]).toEqual(['closed', 300]);
});
