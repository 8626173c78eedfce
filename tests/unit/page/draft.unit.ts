import { describe, expect, test } from '@jest/globals';
import { draftProblems, fieldOf, requestOf } from '../../../lib/page/views/draft.ts';
import { START } from '../../support/page/pagePoll.ts';

describe('a draft', () => {
  const draft = {
    question: ' Tea? ',
    options: ['Yes', '', 'No'],
    duration: '60',
    date: Number.NaN,
    max: 1,
    mayChange: false,
    visibility: 'always' as const,
    isListed: true,
  };

  test('becomes a request without its empty answers and its defaults', () => {
    expect(draftProblems(draft, START)).toEqual([]);
    expect(requestOf(draft)).toEqual({ question: ' Tea? ', options: ['Yes', 'No'], expires_in: 60 });
    const full = { ...draft, duration: 'date', date: START, max: 9, mayChange: true, isListed: false };
    expect(requestOf({ ...full, visibility: 'after_vote' })).toMatchObject({
      expired_at: new Date(START).toISOString(),
      max_choices: 2,
      allow_change: true,
      results_visibility: 'after_vote',
      listed: false,
    });
  });

  test.each([
    [{ question: '  ' }, ['question']],
    [{ options: ['Yes', ' yes'] }, []],
    [{ options: ['Yes', ' Yes '] }, ['options']],
    [{ options: ['Yes', '', ''] }, ['options']],
    [{ duration: 'date', date: START }, ['date']],
    [{ duration: 'date', date: Number.NaN }, ['date']],
    [{ question: '', options: [], duration: 'date' }, ['question', 'options', 'date']],
  ])('with %j has the problems %j', (change, problems) => {
    expect(draftProblems({ ...draft, ...change }, START)).toEqual(problems);
  });

  test('takes the server’s errors to their fields', () => {
    expect(['options.1', 'expires_in', 'question', 'webhook_url'].map(fieldOf)).toEqual([
      'options',
      'date',
      'question',
      undefined,
    ]);
  });
});
