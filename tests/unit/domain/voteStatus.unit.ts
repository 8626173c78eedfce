import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GRACE_MS } from '../../../lib/domain/closing.ts';
import { type VoteFacts, voteStatus } from '../../../lib/domain/voteStatus.ts';

const MINUTE_MS = 60_000;
const OPENED = 1_795_400_000_000;
const WINDOWS = [
  { start: OPENED, end: OPENED + MINUTE_MS },
  { start: OPENED + 2 * MINUTE_MS, end: OPENED + 3 * MINUTE_MS },
];

const ballot = {
  acceptedAt: (OPENED + 1_000) * 1_000,
  appendTime: OPENED + 1_010,
  offset: 7,
  wording: 0,
  isWithdrawal: false,
};
const counted = { appendTime: OPENED + 5 * MINUTE_MS, offset: 0 };
const fixed = { windows: WINDOWS, allowChange: false, isFinal: false, wording: 0, countsFrom: null };
const changeable = { ...fixed, allowChange: true };
const facts: VoteFacts = {
  poll: fixed,
  standing: null,
  progress: counted,
};
const other = { acceptedAt: ballot.acceptedAt + 1 };
const at = (ms: number) => ({ ...ballot, acceptedAt: ms * 1_000 });

describe('a vote', () => {
  test('is accepted until its partition is counted up to it', () => {
    const until = (progress: VoteFacts['progress']) => voteStatus(ballot, { ...facts, progress }).status;
    expect(until(null)).toBe('accepted');
    expect(until({ appendTime: ballot.appendTime, offset: 6 })).toBe('accepted');
    expect(voteStatus(at(OPENED - 1), { ...facts, progress: { ...ballot, offset: 6 } }).status).toBe(
      'accepted',
    );
  });

  test('is counted as soon as it is stored, even before its partition reports it', () => {
    const standing = { acceptedAt: ballot.acceptedAt };
    expect(voteStatus(ballot, { ...facts, standing, progress: null })).toEqual({ status: 'counted' });
  });

  test('is rejected if another vote of its voter counts, and replaced if votes may change', () => {
    const rejected = { status: 'rejected', reason: 'already_voted' };
    expect(voteStatus(ballot, { ...facts, standing: other })).toEqual(rejected);
    expect(voteStatus(ballot, { ...facts, poll: changeable, standing: other })).toEqual({
      status: 'replaced',
    });
  });

  test('is still accepted if it was skipped although it is later than the counting one: it was dead-lettered', () => {
    const passed = (acceptedAt: number) =>
      voteStatus(ballot, { ...facts, poll: changeable, standing: { acceptedAt } }).status;
    expect(passed(ballot.acceptedAt - 1)).toBe('accepted');
    expect(passed(ballot.acceptedAt + 1)).toBe('replaced');
  });

  test('is rejected if it was dead-lettered until the results were final, or came too late', () => {
    const rejected = { status: 'rejected', reason: 'poll_closed' };
    const standing = { acceptedAt: ballot.acceptedAt - 1 };
    const isFinal = true;
    expect(voteStatus(ballot, { ...facts, poll: { ...fixed, isFinal } })).toEqual(rejected);
    expect(voteStatus(ballot, { ...facts, poll: { ...changeable, isFinal }, standing })).toEqual(rejected);
    const late = { ...ballot, appendTime: ballot.acceptedAt / 1_000 + GRACE_MS + 1 };
    expect(voteStatus(late, facts)).toEqual(rejected);
    expect(voteStatus(late, { ...facts, poll: changeable, standing })).toEqual(rejected);
  });

  test('is rejected if it came before the opening, after the end, or between two openings', () => {
    const reason = (ms: number) => voteStatus(at(ms), facts);
    expect(reason(OPENED - 1)).toEqual({ status: 'rejected', reason: 'poll_not_open' });
    expect(reason(OPENED + MINUTE_MS)).toEqual({ status: 'rejected', reason: 'poll_closed' });
    expect(reason(OPENED + 3 * MINUTE_MS)).toEqual({ status: 'rejected', reason: 'poll_closed' });
  });

  test('for other words is rejected as such, whatever stands, unless it chose nothing', () => {
    const rejected = { status: 'rejected', reason: 'poll_changed' };
    const reworded = { ...facts, poll: { ...fixed, wording: 7, countsFrom: ballot.acceptedAt } };
    const restated = { ...reworded, poll: { ...reworded.poll, allowChange: true } };
    for (const one of [
      ballot,
      { ...ballot, wording: 8 },
      { ...ballot, wording: 7, acceptedAt: ballot.acceptedAt - 1 },
    ]) {
      for (const standing of [null, other])
        for (const known of [reworded, restated])
          expect(voteStatus(one, { ...known, standing })).toEqual(rejected);
      expect(voteStatus({ ...one, isWithdrawal: true }, { ...restated, standing: other }).status).toBe(
        'replaced',
      );
    }
    expect(voteStatus({ ...ballot, wording: 7 }, { ...restated, standing: other }).status).toBe('replaced');
    expect(voteStatus(ballot, { ...reworded, progress: null }).status).toBe('accepted');
  });

  test('of a deleted poll is rejected, counted or not', () => {
    const rejected = { status: 'rejected', reason: 'poll_deleted' };
    const nothing = { poll: null, standing: null };
    expect(voteStatus(ballot, { ...nothing, progress: null })).toEqual(rejected);
    expect(voteStatus(ballot, { ...nothing, progress: counted })).toEqual(rejected);
  });

  test('never returns to accepted as its partition is counted further', () => {
    const time = fc.integer({ min: OPENED - MINUTE_MS, max: OPENED + 4 * MINUTE_MS });
    const position = fc.record({ appendTime: time, offset: fc.nat(20) });
    fc.assert(
      fc.property(time, position, position, fc.boolean(), (acceptedMs, place, progress, allowChange) => {
        const one = { ...ballot, ...place, acceptedAt: acceptedMs * 1_000 };
        const poll = { ...fixed, allowChange };
        const standing = { acceptedAt: 1 };
        const now = voteStatus(one, { poll, standing, progress });
        const later = voteStatus(one, {
          poll,
          standing,
          progress: { appendTime: progress.appendTime + 1, offset: 0 },
        });
        if (now.status !== 'accepted') expect(later).toEqual(now);
      }),
    );
  });
});
