import { describe, expect, test } from '@jest/globals';
import { type PollSnapshot, pollDiff, type SentPoll } from '../../../lib/domain/pollDiff.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const BUDGET = 8_000;

const present: PollSnapshot = {
  pollId: 'p',
  version: 9,
  stateVersion: 2,
  status: 'open',
  viewers: 10,
  countedAt: new Date(NOW),
  isFollowed: false,
};
const sent: SentPoll = {
  version: 9,
  stateVersion: 2,
  status: 'open',
  viewers: 10,
  agoMs: 1_000,
  isFollowed: false,
};

const news = (changes: Partial<SentPoll>, of: PollSnapshot | undefined = present) =>
  pollDiff({ ...sent, ...changes }, of, BUDGET);

describe('the difference of a poll', () => {
  test('is empty if its viewers are up to date', () => {
    expect(news({})).toBe('nothing');
  });

  test('is its counts if only they changed', () => {
    expect(news({ version: 8 })).toBe('counts');
    expect(news({ version: 8, viewers: 3 })).toBe('counts');
  });

  test('is its state if anything else changed, also by time, or if viewers know nothing', () => {
    expect(news({ version: 8, stateVersion: 1 })).toBe('state');
    expect(news({ status: 'scheduled' })).toBe('state');
    expect(pollDiff(null, present, BUDGET)).toBe('state');
  });

  test('is its end if it was deleted', () => {
    expect(pollDiff(sent, undefined, BUDGET)).toBe('deletion');
  });

  test('is the number of viewers, sent less often the more there are', () => {
    expect(news({ viewers: 9 })).toBe('viewers');
    const crowd = { ...present, viewers: 100_000 };
    expect(news({ viewers: 99_999 }, crowd)).toBe('nothing');
    expect(news({ viewers: 99_999, agoMs: 124_000 }, crowd)).toBe('nothing');
    expect(news({ viewers: 99_999, agoMs: 126_000 }, crowd)).toBe('viewers');
    // The clock was set back.
    expect(news({ viewers: 99_999, agoMs: -126_000 }, crowd)).toBe('viewers');
  });
});
