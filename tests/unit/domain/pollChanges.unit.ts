import { describe, expect, test } from '@jest/globals';
import { type ChangeablePoll, decideChanges, type PollChanges } from '../../../lib/domain/pollChanges.ts';
import {
  closeFrom,
  LEAD_MS,
  moveEnd,
  moveOpening,
  type VotingTimes,
} from '../../../lib/domain/votingWindows.ts';

const NOW = 10_000;
const FROM = NOW + LEAD_MS;
const ALWAYS = Number.NEGATIVE_INFINITY;

const open = { earlier: [], latest: { start: ALWAYS, end: 20_000 }, opensAt: null };
const over = { earlier: [], latest: { start: ALWAYS, end: 9_000 }, opensAt: null };
const ending = { earlier: [], latest: { start: ALWAYS, end: FROM - 100 }, opensAt: null };
const scheduled = { earlier: [], latest: { start: 15_000, end: 20_000 }, opensAt: 15_000 };

describe('closing a poll', () => {
  test('ends voting shortly afterwards, and does not change windows that are over by then', () => {
    expect(closeFrom(open, FROM)).toEqual({ ...open, latest: { start: ALWAYS, end: FROM } });
    expect(closeFrom(over, FROM)).toBe(over);
    expect(closeFrom(ending, FROM)).toBe(ending);
  });

  test('before the opening leaves no time to vote, and the published opening unchanged', () => {
    expect(closeFrom(scheduled, FROM)).toEqual({ ...scheduled, latest: { start: FROM, end: FROM } });
  });
});

describe('a new end', () => {
  test('moves the end of an open or scheduled poll, never to before the change takes effect', () => {
    expect(moveEnd(open, FROM + 1, FROM)?.latest).toEqual({ start: ALWAYS, end: FROM + 1 });
    expect(moveEnd(open, NOW + 1, FROM)?.latest).toEqual({ start: ALWAYS, end: FROM });
    expect(moveEnd(scheduled, 30_000, FROM)?.latest).toEqual({ start: 15_000, end: 30_000 });
  });

  test('reopens a poll that is over or ends before the change takes effect, and the gap stays', () => {
    for (const times of [over, ending]) {
      expect(moveEnd(times, 30_000, FROM)).toEqual({
        earlier: [times.latest],
        latest: { start: FROM, end: 30_000 },
        opensAt: null,
      });
    }
  });

  test('restores the opening of a poll closed before it, or opens it soon if that time has passed', () => {
    const cancelled = closeFrom(scheduled, 5_000);
    expect(moveEnd(cancelled, 30_000, FROM)).toEqual({
      ...scheduled,
      latest: { start: 15_000, end: 30_000 },
    });
    const latest = { start: 16_000, end: 30_000 };
    expect(moveEnd(cancelled, 30_000, 16_000)).toEqual({ earlier: [], latest, opensAt: 16_000 });
  });

  test('must leave some time to vote', () => {
    expect(moveEnd(over, FROM, FROM)).toBeUndefined();
    expect(moveEnd(scheduled, 15_000, FROM)).toBeUndefined();
  });
});

describe('a new opening', () => {
  const move = (times: VotingTimes, opening: number) => moveOpening(times, opening, NOW);

  test('moves an opening that is ahead, never to before the change takes effect', () => {
    const to = (start: number) => ({ ...scheduled, latest: { start, end: 20_000 }, opensAt: start });
    expect(move(scheduled, 18_000)).toEqual(to(18_000));
    expect(move(scheduled, 12_000)).toEqual(to(12_000));
    expect(move(scheduled, NOW - 5_000)).toEqual(to(FROM));
    expect(move(scheduled, 15_000)).toBe(scheduled);
  });

  test('cannot close a poll that has opened or will have when it takes effect, but may ask for that', () => {
    const soon = { earlier: [], latest: { start: FROM - 1, end: 20_000 }, opensAt: FROM - 1 };
    for (const times of [open, soon]) {
      expect(move(times, NOW)).toBe(times);
      expect(move(times, FROM)).toBeUndefined();
    }
  });

  test('does not reopen a poll', () => {
    for (const times of [over, ending, closeFrom(scheduled, FROM)]) {
      expect(move(times, NOW)).toBeUndefined();
      expect(move(times, 18_000)).toBeUndefined();
    }
  });
});

describe('a request for changes', () => {
  const poll: ChangeablePoll = {
    question: 'Tea?',
    options: ['Yes', 'No'],
    times: open,
    expiredAt: 20_000,
    isListed: true,
  };
  const decide = (changes: PollChanges, changed = poll) => decideChanges(changed, changes, NOW);

  test('has no effect if all is already so, or will be before a change can take effect', () => {
    const same = { question: 'Tea?', options: ['Yes', 'No'], expired_at: 20_000, listed: true };
    expect(decide(same)).toEqual({ outcome: 'unchanged' });
    expect(decide({ closed: true }, { ...poll, times: over })).toEqual({ outcome: 'unchanged' });
    const endsSoon = { ...poll, times: ending };
    expect(decide({ closed: true }, endsSoon)).toEqual({ outcome: 'unchanged' });
    expect(decide({ expired_at: NOW + 1 }, endsSoon)).toEqual({ outcome: 'unchanged' });
  });

  test('returns the resulting poll, and whether texts or times changed', () => {
    expect(decide({ question: 'Coffee?' })).toEqual({
      outcome: 'changed',
      poll: { ...poll, question: 'Coffee?' },
      isTextChanged: true,
      timesChange: null,
    });
    expect(decide({ listed: false })).toEqual({
      outcome: 'changed',
      poll: { ...poll, isListed: false },
      isTextChanged: false,
      timesChange: null,
    });
    expect(decide({ options: ['No', 'Yes'], expired_at: 20_001 })).toMatchObject({
      poll: { options: ['No', 'Yes'], times: { latest: { end: 20_001 } }, expiredAt: 20_001 },
      isTextChanged: true,
      timesChange: { isReopened: true },
    });
  });

  test('takes effect a second later, or at the earlier of two ends that are further ahead', () => {
    const change = (changes: PollChanges, times: VotingTimes = open) => {
      const decision = decide(changes, { ...poll, times });
      return decision.outcome === 'changed' ? decision.timesChange : decision;
    };
    expect(change({ closed: true })).toEqual({ from: FROM, isReopened: false });
    expect(change({ closed: true }, scheduled)).toEqual({ from: FROM, isReopened: false });
    expect(change({ expired_at: NOW + 1 })).toEqual({ from: FROM, isReopened: false });
    expect(change({ expired_at: 30_000 }, over)).toEqual({ from: FROM, isReopened: true });
    expect(change({ expired_at: 30_000 })).toEqual({ from: 20_000, isReopened: true });
    expect(change({ expired_at: 18_000 })).toEqual({ from: 18_000, isReopened: true });
  });

  test('with a new opening takes effect at the earlier of both openings', () => {
    const change = (opens_at: number) => decide({ opens_at }, { ...poll, times: scheduled });
    expect(change(18_000)).toMatchObject({ timesChange: { from: 15_000 } });
    expect(change(12_000)).toMatchObject({ timesChange: { from: 12_000 } });
    expect(change(NOW)).toMatchObject({ timesChange: { from: FROM }, poll: { expiredAt: 20_000 } });
    expect(change(15_000)).toEqual({ outcome: 'unchanged' });
    expect(decide({ opens_at: NOW })).toEqual({ outcome: 'unchanged' });
    for (const [opens_at, times] of [
      [20_000, scheduled],
      [18_000, open],
      [NOW, over],
    ] as const)
      expect(decide({ opens_at }, { ...poll, times })).toMatchObject({
        outcome: 'refused',
        field: 'opens_at',
      });
  });

  test('with a new opening and end holds both', () => {
    const change = (changes: PollChanges) => decide(changes, { ...poll, times: scheduled });
    const both = (start: number, end: number) => ({
      poll: { times: { latest: { start, end }, opensAt: start }, expiredAt: end },
    });
    expect(change({ opens_at: 25_000, expired_at: 30_000 })).toMatchObject(both(25_000, 30_000));
    expect(change({ opens_at: 12_000, expired_at: 13_000 })).toMatchObject(both(12_000, 13_000));
    expect(change({ opens_at: 25_000, expires_in: 5 })).toMatchObject(both(25_000, 30_000));
    const late = change({ opens_at: 30_000, expired_at: 30_000 });
    expect(late).toMatchObject({ outcome: 'refused', field: 'opens_at' });
  });

  test('counts the seconds to the end from now, or from an opening or reopening that is ahead', () => {
    const end = (times: VotingTimes) => {
      const decision = decide({ expires_in: 60 }, { ...poll, times });
      return decision.outcome === 'changed' && decision.poll.expiredAt;
    };
    expect(end(open)).toBe(NOW + 60_000);
    expect(end(scheduled)).toBe(15_000 + 60_000);
    expect(end(over)).toBe(FROM + 60_000);
    expect(end(closeFrom(scheduled, 5_000))).toBe(15_000 + 60_000);
  });

  test('shows readers the resulting end', () => {
    expect(decide({ expired_at: NOW + 1 })).toMatchObject({ poll: { expiredAt: FROM } });
  });

  test('reopens a poll that was closed early, also for its planned end', () => {
    const closed = { ...poll, times: closeFrom(open, 5_000) };
    expect(decide({ expired_at: 20_000 }, closed)).toMatchObject({
      outcome: 'changed',
      poll: { times: { earlier: [{ end: 5_000 }], latest: { start: FROM, end: 20_000 } } },
    });
  });

  test('keeps the published end when the poll is closed early', () => {
    expect(decide({ closed: true })).toMatchObject({ poll: { expiredAt: 20_000 } });
  });

  test('is rejected with another number of options, or with no time left', () => {
    expect(decide({ options: ['Yes'] })).toMatchObject({ outcome: 'refused', field: 'options' });
    expect(decide({ expired_at: NOW })).toMatchObject({ outcome: 'refused', field: 'expired_at' });
    const closed = { ...poll, times: over };
    expect(decide({ expired_at: FROM }, closed)).toMatchObject({ outcome: 'refused', field: 'expired_at' });
  });
});
