import { expect, test } from '@jest/globals';
import { isTooSoon, type PollDiff } from '../../../lib/domain/pollDiff.ts';

const TICK_MS = 400;
const sent = {
  version: 1,
  stateVersion: 1,
  status: 'open' as const,
  viewers: 1,
  isFollowed: false,
};
const early = (news: PollDiff, afterMs: number, tickMs = TICK_MS) =>
  isTooSoon(news, { ...sent, agoMs: afterMs }, tickMs);

test('counts and viewers wait until a tick has passed', () => {
  for (const news of ['counts', 'viewers'] as const) {
    expect([0, 399, 400].map((afterMs) => early(news, afterMs))).toEqual([true, true, false]);
  }
});

test('a new state, a deletion and what viewers never got do not wait', () => {
  expect([early('state', 0), early('deletion', 0), isTooSoon('counts', null, TICK_MS)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('nothing waits without a tick, nor after the clock was set back', () => {
  expect([early('counts', 0, 0), early('counts', -3_600_000)]).toEqual([false, false]);
});
