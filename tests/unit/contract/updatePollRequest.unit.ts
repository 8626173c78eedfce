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
    const times = { expires_in: 60, opens_at: '2020-01-01T00:00:00Z' };
    const read = { expires_in: 60, opens_at: Date.UTC(2020, 0) };
    expect(parse(pollChangesSchema(Date.now()), times)).toEqual(read);
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
    [{ closed: true, expires_in: 60 }, 'expires_in'],
    [{ closed: true, opens_at: soon }, 'opens_at'],
    [{ expired_at: soon, expires_in: 60 }, 'expires_in'],
    [{ expires_in: 4 }, 'expires_in'],
    [{ expires_in: null }, 'expires_in'],
    [{ opens_at: null }, 'opens_at'],
    [{ opens_at: '2999-01-01T00:00:00Z' }, 'opens_at'],
    [{ question: '', closed: true }, 'question'],
    [{ options: ['a'] }, 'options'],
    [{ options: ['a', 'a '] }, 'options'],
    [{ options: ['a', ''] }, 'options.1'],
  ])('reject %j', (changes, field) => {
    expect(faults(changes)).toEqual([field]);
  });
});
