import { describe, expect, test } from '@jest/globals';
import type { GenericSchema } from 'valibot';
import { ballotSchema, provenBallotSchema } from '../../../lib/contract/castVoteRequest.ts';
import { parse } from '../../../lib/contract/inputs.ts';
import { RefusedError } from '../../../lib/errors.ts';

function faults(value: unknown, schema: GenericSchema = ballotSchema): string[] {
  try {
    parse(schema, value);
    return [];
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'invalid_request') throw error;
    return error.fields.map(({ field }) => field);
  }
}

describe('a ballot request', () => {
  test('names one option or a list of them', () => {
    expect(parse(ballotSchema, { user_id: 'u', option_id: 'x' })).toEqual({ userId: 'u', optionIds: ['x'] });
    expect(parse(ballotSchema, { user_id: 'u', option_ids: ['x', 'y'] })).toEqual({
      userId: 'u',
      optionIds: ['x', 'y'],
    });
    expect(parse(ballotSchema, { user_id: 'u', option_ids: [] })).toEqual({ userId: 'u', optionIds: [] });
  });

  test('has neither both nor none of them', () => {
    expect(faults({ user_id: 'u' })).toEqual(['option_id']);
    expect(faults({ user_id: 'u', option_id: 'x', option_ids: ['x'] })).toEqual(['option_id']);
  });

  test('keeps the user id unchanged', () => {
    const user_id = ' Cafe\u0301 ';
    expect(parse(ballotSchema, { user_id, option_id: 'x' }).userId).toBe(user_id);
    for (const control of ['\0', '\u0007', '\u001b']) {
      expect(parse(ballotSchema, { user_id: `a${control}`, option_id: 'x' }).userId).toBe(`a${control}`);
    }
    expect(faults({ user_id: '🗳'.repeat(200), option_id: 'x' })).toEqual([]);
  });

  test.each([[''], ['a'.repeat(201)], ['\ud800'], [1], [null], [['u']]])(
    'rejects the user id %p',
    (user_id) => {
      expect(faults({ user_id, option_id: 'x' })).toEqual(['user_id']);
    },
  );

  test('takes the voter from a token if there is one', () => {
    expect(parse(provenBallotSchema, { option_id: 'x' })).toEqual({ userId: undefined, optionIds: ['x'] });
    for (const user_id of ['u', '', null]) {
      expect(faults({ user_id, option_id: 'x' }, provenBallotSchema)).toEqual(['user_id']);
    }
    expect(faults({ option_id: 'x' })).toEqual(['user_id']);
  });

  test('rejects choices that are not text', () => {
    expect(faults({ user_id: 'u', option_id: 1 })).toEqual(['option_id']);
    expect(faults({ user_id: 'u', option_ids: 'x' })).toEqual(['option_ids']);
    expect(faults({ user_id: 'u', option_ids: ['x', null] })).toEqual(['option_ids.1']);
  });

  test.each([null, [], 'text', 1, true])('rejects the body %p', (value) => {
    expect(faults(value).length).toBeGreaterThan(0);
  });
});
