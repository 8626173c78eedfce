import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextPoll, type PollState } from '../../../lib/client/pollState.ts';
import type { PollClosed, PollInit, PollUpdate } from '../../../lib/contract/messageTypes.ts';
import type { Poll } from '../../../lib/domain/poll.ts';

const poll: Poll = {
  id: 'p',
  code: 'ABC234',
  question: 'Which?',
  status: 'open',
  options: ['a', 'b'].map((option_text, position) => ({
    option_id: option_text,
    option_text,
    position,
    vote_count: 0,
  })),
  total_votes: 0,
  max_choices: 1,
  allow_change: false,
  results_visibility: 'always',
  listed: true,
  created_at: '2026-01-01T00:00:00.000Z',
  opens_at: null,
  expired_at: '2026-01-02T00:00:00.000Z',
  closed_at: null,
  is_final: false,
  version: 0,
};

const init: PollInit = { type: 'POLL_INIT', poll, viewers: 1, timestamp: new Date().toISOString() };
const update = (version: number, viewers = 1): PollUpdate => ({
  type: 'POLL_UPDATE',
  poll_id: 'p',
  version,
  total_votes: version,
  vote_counts: [version - 1, 1],
  viewers,
});
const closed = (version: number, is_final: boolean): PollClosed => ({
  type: 'POLL_CLOSED',
  poll_id: 'p',
  version,
  is_final,
  closed_at: poll.expired_at,
  total_votes: version,
  vote_counts: [version - 1, 1],
});

const start = nextPoll(undefined, init);
const shown = (messages: (PollUpdate | PollClosed | PollInit)[]) =>
  messages.reduce<PollState | undefined>(nextPoll, start);

describe('a client that follows a poll', () => {
  test('shows the highest version, whatever order messages arrive in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (versions) => {
        const state = shown(versions.map((version) => update(version)));
        const highest = Math.max(...versions);
        expect(state?.poll.version).toBe(highest);
        expect(state?.poll.options.map((option) => option.vote_count)).toEqual([highest - 1, 1]);
      }),
    );
  });

  test('takes the number of viewers from the latest message, even of an older version', () => {
    const state = shown([update(5, 10), update(4, 12)]);
    expect(state).toMatchObject({ viewers: 12, poll: { version: 5 } });
  });

  test('stays closed if an older update arrives late', () => {
    const state = shown([closed(6, false), update(5), closed(7, true), closed(6, false)]);
    expect(state?.poll).toMatchObject({ status: 'closed', is_final: true, version: 7, total_votes: 7 });
  });

  test('shows the poll as open after a reopening', () => {
    const reopened: PollInit = { ...init, poll: { ...poll, version: 8 } };
    expect(shown([closed(7, true), reopened])?.poll).toMatchObject({ status: 'open', version: 8 });
  });

  test('shows the turnout, which the owner of an election gets without counts, until voting has ended', () => {
    const hidden = { version: null, vote_counts: null };
    const election = { ...poll, total_votes: 1, version: null };
    const state = shown([
      { ...init, poll: election },
      { ...update(2), ...hidden, total_votes: 2 },
    ]);
    expect(state?.poll.total_votes).toBe(2);
    const ended = nextPoll(state, { ...closed(3, false), ...hidden, total_votes: 3 });
    expect(ended?.poll).toMatchObject({ total_votes: 3, status: 'closing' });
  });

  test('ignores messages about a poll before its POLL_INIT', () => {
    expect(nextPoll(undefined, update(1))).toBeUndefined();
  });
});
