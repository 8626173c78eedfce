import { expect, test } from '@jest/globals';
import { type Poll, pollWithoutVotes, visiblePoll } from '../../../lib/domain/poll.ts';
import { pollResults } from '../../../lib/domain/results.ts';

function pollWith(
  votes: number[],
  total: number,
  resultsVisibility: Poll['results_visibility'] = 'always',
): Poll {
  const options = votes.map((_, at) => ({ id: `option ${at}`, text: `Option ${at}` }));
  const rules = { maxChoices: 2, allowChange: false, resultsVisibility, isListed: true, webhookUrl: null };
  const times = { createdAt: 0, opensAt: null, expiredAt: 1_000 };
  const poll = pollWithoutVotes(
    { id: 'poll', code: 'ABC234', question: 'Which?', options, ...rules, ...times },
    0,
  );
  const counted = poll.options.map((option, at) => ({ ...option, vote_count: votes[at] ?? 0 }));
  return { ...poll, options: counted, total_votes: total };
}

const sharesOf = (poll: Poll) => pollResults(poll).options.map(({ share }) => share);

test('a share is the fraction of ballots that include the choice', () => {
  expect(sharesOf(pollWith([1, 2, 0], 3))).toEqual([0.3333, 0.6667, 0]);
  expect(sharesOf(pollWith([3, 4], 4))).toEqual([0.75, 1]);
});

test('without ballots each share is 0', () => {
  expect(sharesOf(pollWith([0, 0], 0))).toEqual([0, 0]);
});

test('hidden results have no shares', () => {
  const hidden = visiblePoll(pollWith([1, 2], 3, 'after_close'), true);
  expect(sharesOf(hidden)).toEqual([null, null]);
  expect(pollResults(hidden)).toMatchObject({ total_votes: null, version: null });
});
