import { describe, expect, test } from '@jest/globals';
import {
  ownersPoll,
  type Poll,
  pollWithoutVotes,
  type ResultsVisibility,
  visiblePoll,
} from '../../../lib/domain/poll.ts';

function pollWith(resultsVisibility: ResultsVisibility, isFinal = false): Poll {
  const poll = pollWithoutVotes(
    {
      id: '0190a5d8-c0de-7000-8000-00000000abcd',
      code: 'ABC234',
      question: 'Tea or coffee?',
      options: [
        { id: '0190a5d8-c0de-7000-8000-000000000001', text: 'Tea' },
        { id: '0190a5d8-c0de-7000-8000-000000000002', text: 'Coffee' },
      ],
      maxChoices: 1,
      allowChange: false,
      resultsVisibility,
      isListed: true,
      createdAt: 0,
      opensAt: null,
      expiredAt: 1_000,
      webhookUrl: null,
    },
    500,
  );
  return { ...poll, is_final: isFinal };
}

function counts({ options, total_votes, version }: Poll) {
  return [...options.map((option) => option.vote_count), total_votes, version];
}

describe('a poll', () => {
  test('shows its counts to everybody if results are always visible', () => {
    expect(counts(visiblePoll(pollWith('always'), false))).toEqual([0, 0, 0, 1]);
  });

  test('shows its counts to voters only until they are final if results are visible after voting', () => {
    expect(counts(visiblePoll(pollWith('after_vote'), false))).toEqual([null, null, null, null]);
    expect(counts(visiblePoll(pollWith('after_vote', true), false))).toEqual([0, 0, 0, 1]);
    expect(counts(visiblePoll(pollWith('after_vote'), true))).toEqual([0, 0, 0, 1]);
  });

  test('shows its counts when they are final if results are visible after closing, to voters too', () => {
    expect(counts(visiblePoll(pollWith('after_close'), true))).toEqual([null, null, null, null]);
    expect(counts(visiblePoll(pollWith('after_close', true), false))).toEqual([0, 0, 0, 1]);
  });

  test('shows its owner what voters see, and the turnout of an election', () => {
    for (const visibility of ['always', 'after_vote'] as const) {
      expect(counts(ownersPoll(pollWith(visibility)))).toEqual([0, 0, 0, 1]);
    }
    expect(counts(ownersPoll(pollWith('after_close')))).toEqual([null, null, 0, null]);
    expect(counts(ownersPoll(pollWith('after_close', true)))).toEqual([0, 0, 0, 1]);
  });

  test('hides only its counts', () => {
    const hidden = visiblePoll(pollWith('after_vote'), false);
    const texts = ({ options }: Poll) => options.map(({ vote_count, ...rest }) => rest);
    expect(texts(hidden)).toEqual(texts(pollWith('after_vote')));
    expect({ ...hidden, options: [], total_votes: 0, version: 1 }).toEqual({
      ...pollWith('after_vote'),
      options: [],
    });
  });
});
