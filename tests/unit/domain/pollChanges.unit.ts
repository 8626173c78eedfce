import { describe, expect, test } from '@jest/globals';
import { type ChangeablePoll, decideChanges, type PollChanges } from '../../../lib/domain/pollChanges.ts';
import { closeNow, moveEnd } from '../../../lib/domain/votingTimes.ts';

const NOW = 1_000;
const ALWAYS = Number.NEGATIVE_INFINITY;

const open = { earlier: [], latest: { start: ALWAYS, end: 2_000 }, opensAt: null };
const over = { earlier: [], latest: { start: ALWAYS, end: 900 }, opensAt: null };
const scheduled = { earlier: [], latest: { start: 1_500, end: 2_000 }, opensAt: 1_500 };

describe('closing', () => {
  test('ends voting now, and leaves what is over as it was', () => {
    expect(closeNow(open, NOW)).toEqual({ ...open, latest: { start: ALWAYS, end: NOW } });
    expect(closeNow(over, NOW)).toBe(over);
  });

  test('before the opening leaves no time to vote, and the opening as it was told', () => {
    expect(closeNow(scheduled, NOW)).toEqual({ ...scheduled, latest: { start: NOW, end: NOW } });
  });
});

describe('another end', () => {
  test('moves that of a poll which is open or still to open', () => {
    expect(moveEnd(open, 1_001, NOW)?.latest).toEqual({ start: ALWAYS, end: 1_001 });
    expect(moveEnd(scheduled, 3_000, NOW)?.latest).toEqual({ start: 1_500, end: 3_000 });
  });

  test('opens again from now on what is over, and the gap stays', () => {
    expect(moveEnd(over, 3_000, NOW)).toEqual({
      earlier: [over.latest],
      latest: { start: NOW, end: 3_000 },
      opensAt: null,
    });
  });

  test('brings back the opening of a poll that was closed before, or opens it now if that has passed', () => {
    const cancelled = closeNow(scheduled, 500);
    expect(moveEnd(cancelled, 3_000, NOW)).toEqual({ ...scheduled, latest: { start: 1_500, end: 3_000 } });
    const latest = { start: 1_600, end: 3_000 };
    expect(moveEnd(cancelled, 3_000, 1_600)).toEqual({ earlier: [], latest, opensAt: 1_600 });
  });

  test('has to leave some time to vote', () => {
    expect(moveEnd(open, NOW, NOW)).toBeUndefined();
    expect(moveEnd(over, NOW, NOW)).toBeUndefined();
    expect(moveEnd(scheduled, 1_500, NOW)).toBeUndefined();
  });
});

describe('a request for changes', () => {
  const poll: ChangeablePoll = { question: 'Tea?', options: ['Yes', 'No'], times: open, expiredAt: 2_000 };
  const decide = (changes: PollChanges, changed = poll) => decideChanges(changed, changes, NOW);

  test('is none where all is so already', () => {
    const same = { question: 'Tea?', options: ['Yes', 'No'], expired_at: 2_000 };
    expect(decide(same)).toEqual({ outcome: 'unchanged' });
    expect(decide({ closed: true }, { ...poll, times: over })).toEqual({ outcome: 'unchanged' });
  });

  test('says what becomes of the poll, and whether texts or times are others', () => {
    expect(decide({ question: 'Coffee?' })).toEqual({
      outcome: 'changed',
      poll: { ...poll, question: 'Coffee?' },
      isTextChanged: true,
      areTimesChanged: false,
    });
    expect(decide({ options: ['No', 'Yes'], expired_at: 2_001 })).toMatchObject({
      poll: { options: ['No', 'Yes'], times: { latest: { end: 2_001 } }, expiredAt: 2_001 },
      isTextChanged: true,
      areTimesChanged: true,
    });
  });

  test('reopens a poll that was closed early for its planned end, too', () => {
    const closed = { ...poll, times: closeNow(open, 500) };
    expect(decide({ expired_at: 2_000 }, closed)).toMatchObject({
      outcome: 'changed',
      poll: { times: { earlier: [{ end: 500 }], latest: { start: NOW, end: 2_000 } } },
    });
  });

  test('leaves the end that readers were told of when it closes early', () => {
    expect(decide({ closed: true })).toMatchObject({ poll: { expiredAt: 2_000 } });
  });

  test('is refused with another number of options, or with no time left', () => {
    expect(decide({ options: ['Yes'] })).toMatchObject({ outcome: 'refused', field: 'options' });
    expect(decide({ expired_at: NOW })).toMatchObject({ outcome: 'refused', field: 'expired_at' });
  });
});
