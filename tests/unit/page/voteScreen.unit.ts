import { describe, expect, test } from '@jest/globals';
import type { Poll } from '../../../lib/domain/poll.ts';
import { describeVote, hasVoted, readRecord, type Stage } from '../../../lib/page/views/voteRecord.ts';
import { type VoteFacts, voteScreen } from '../../../lib/page/views/voteScreen.ts';
import { en } from '../../../lib/page/words/en.ts';
import { pagePoll, START } from '../../support/page/pagePoll.ts';

const words = { ...en.common, ...en.vote };
const HOUR_MS = 3_600_000;

function screen(poll: Poll, stage: Stage = 'none', change: Partial<VoteFacts> = {}) {
  const record = { voter: 'v', choice: ['a'], stage };
  const facts = { poll, isDeleted: false, record, now: START, isChanging: false, wantsResults: false };
  return voteScreen({ ...facts, ...change });
}

const hidden = (change: Partial<Poll>) => pagePoll([null, null], change);

describe('the vote view', () => {
  test('shows the form alone before the vote, and results on request', () => {
    expect(screen(pagePoll())).toMatchObject({ form: 'open', results: 'hidden', canPeek: true });
    expect(screen(pagePoll(), 'none', { wantsResults: true })).toMatchObject({
      form: 'hidden',
      results: 'shown',
    });
  });

  test.each(['sending', 'unsent', 'arrived', 'counted', 'replaced'] as const)(
    'shows results without the form once a vote is %s',
    (stage) => {
      expect(screen(pagePoll(), stage)).toMatchObject({ form: 'hidden', results: 'shown', canPeek: false });
    },
  );

  test('shows the form again after a vote that does not count, or that may have been lost', () => {
    expect(screen(pagePoll(), 'rejected').form).toBe('open');
    expect(screen(pagePoll(), 'unknown').form).toBe('open');
  });

  test('offers to change a vote that is no longer on its way, where votes may change and voting is open', () => {
    const poll = pagePoll([1, 0], { allow_change: true });
    expect(screen(poll, 'counted').canChange).toBe(true);
    expect(screen(poll, 'arrived').canChange).toBe(false);
    expect(screen(poll, 'counted', { now: START + HOUR_MS }).canChange).toBe(false);
    expect(screen(pagePoll(), 'counted').canChange).toBe(false);
    expect(screen(poll, 'counted', { isChanging: true })).toMatchObject({ form: 'open', results: 'shown' });
  });

  test('locks the form before the opening', () => {
    const poll = hidden({ status: 'scheduled', opens_at: new Date(START + 60_000).toISOString() });
    expect(screen(poll)).toMatchObject({ phase: 'scheduled', form: 'locked', results: 'hidden' });
    const seen = pagePoll([0, 0], { status: 'scheduled', opens_at: poll.opens_at });
    expect(screen(seen).canPeek).toBe(false);
  });

  test('closes by the server’s clock before the message comes', () => {
    const ended = screen(pagePoll([2, 1]), 'none', { now: START + HOUR_MS });
    expect(ended).toMatchObject({ phase: 'closing', form: 'hidden', results: 'shown' });
  });

  test('is final when the poll says so', () => {
    const poll = pagePoll([2, 1], { status: 'closed', is_final: true });
    expect(screen(poll)).toMatchObject({ phase: 'final', form: 'hidden', results: 'shown' });
  });

  test('says when hidden results will show', () => {
    expect(screen(hidden({ results_visibility: 'after_vote' })).notice).toBe('afterVote');
    expect(screen(hidden({ results_visibility: 'after_vote' }), 'counted').notice).toBeUndefined();
    expect(screen(hidden({ results_visibility: 'after_close' }), 'counted').notice).toBe('afterClose');
    expect(screen(hidden({ results_visibility: 'always' })).notice).toBeUndefined();
    expect(screen(hidden({ results_visibility: 'after_close' }))).toMatchObject({ canPeek: false });
  });

  test('shows nothing of a deleted poll', () => {
    const gone = { phase: 'deleted', form: 'hidden', results: 'hidden', canChange: false };
    expect(screen(pagePoll([1, 1]), 'counted', { isDeleted: true })).toMatchObject(gone);
  });
});

describe('the line about the vote', () => {
  test('names every reason', () => {
    const said = (reason: string) =>
      describeVote({ voter: 'v', choice: ['a'], stage: 'rejected', reason }, words);
    expect(said('already_voted')).toContain('first vote counts');
    expect(said('poll_closed')).toContain('after the end');
    expect(said('poll_changed')).toContain('vote again');
    expect(said('unknown_option')).toBe(words.unknown);
  });

  test('claims nothing of a vote whose fate is not known', () => {
    const said = describeVote({ voter: 'v', choice: ['a'], stage: 'unknown' }, words);
    expect(said).toBe('It is not known whether your vote counts.');
  });

  test('says of an empty ballot that the vote is withdrawn', () => {
    expect(describeVote({ voter: 'v', choice: [], stage: 'counted' }, words)).toBe(words.withdrawn);
  });

  test('takes a repeated vote for a vote', () => {
    expect(hasVoted({ voter: 'v', choice: [], stage: 'rejected', reason: 'already_voted' })).toBe(true);
    expect(hasVoted({ voter: 'v', choice: [], stage: 'rejected', reason: 'poll_changed' })).toBe(false);
  });
});

describe('a stored record', () => {
  test('reads as it was written', () => {
    const record = { voter: 'v', choice: ['a', 'b'], stage: 'arrived', receipt: 'r' };
    expect(readRecord(JSON.stringify(record))).toEqual(record);
  });

  test.each([null, '', '{', 'null', '7', '[]', '{"voter":"v"}', '{"voter":"v","choice":[1],"stage":"none"}'])(
    'that is %s is none',
    (text) => {
      expect(readRecord(text)).toBeUndefined();
    },
  );
});
