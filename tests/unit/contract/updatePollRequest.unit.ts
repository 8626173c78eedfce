import { describe, expect, test } from '@jest/globals';
import { parse } from '../../../lib/contract/inputs.ts';
import { pollChangesSchema } from '../../../lib/contract/pollRequests.ts';
import { RefusedError } from '../../../lib/errors.ts';

const soon = new Date(Date.now() + 3_600_000).toISOString();

function faults(changes: unknown): string[] {
  try {
    parse(pollChangesSchema(Date.now()), changes);
    return [];
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'invalid_request') throw error;
    return error.fields.map(({ field }) => field);
  }
}

describe('changes of a poll', () => {
  test('are any of the known fields, with texts as in a new poll', () => {
    const changes = { expired_at: soon, question: ' Cafe\u0301? ', options: ['a ', 'b'], listed: false };
    const expected = { expired_at: Date.parse(soon), question: 'Café?', options: ['a', 'b'], listed: false };
    expect(parse(pollChangesSchema(Date.now()), changes)).toEqual(expected);
    expect(parse(pollChangesSchema(Date.now()), { closed: true, status: 'open' })).toEqual({ closed: true });
  });

  test.each([
    [{}, ''],
    [{ status: 'closed' }, ''],
    [null, ''],
    [[], ''],
    ['closed', ''],
    [{ closed: false }, 'closed'],
    [{ closed: null }, 'closed'],
    [{ listed: null }, 'listed'],
    [{ listed: 'no' }, 'listed'],
    [{ expired_at: null }, 'expired_at'],
    [{ expired_at: new Date(0).toISOString() }, 'expired_at'],
    [{ closed: true, expired_at: soon }, 'expired_at'],
    [{ question: '', closed: true }, 'question'],
    [{ options: ['a'] }, 'options'],
    [{ options: ['a', 'a '] }, 'options'],
    [{ options: ['a', ''] }, 'options.1'],
  ])('reject %j', (changes, field) => {
    expect(faults(changes)).toEqual([field]);
  });
});
