import { describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { isPostgresBusy, withPostgresDeadline } from '../../../lib/sql/database.ts';

const fault = (code: string) => Object.assign(new Error(`Postgres said ${code}`), { code });

/** Fails as often as there are codes. */
function failing(...codes: string[]) {
  let calls = 0;
  const query = async () => {
    const code = codes[calls++];
    if (code) throw fault(code);
    return 'done';
  };
  return { query, calls: () => calls };
}

describe('an error of Postgres', () => {
  test.each([
    ['57014', 'a statement that took too long', true],
    ['55P03', 'a lock that took too long', true],
    ['53100', 'a full disk', true],
    ['42703', 'a column that a migration is about to add', false],
    ['25P03', 'a transaction that stood idle', false],
    ['25006', 'a server that is read-only', false],
    ['53300', 'no connections left', false],
    ['57P01', 'a server that shuts down', false],
    ['ECONNREFUSED', 'no server', false],
  ])('%s, %s, is unavailable', async (code, _, isBusy) => {
    const { query, calls } = failing(code);
    const error = await withPostgresDeadline(query).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect([calls(), isPostgresBusy(error.cause)]).toEqual([1, isBusy]);
  });

  test.each(['40P01', '40001'])('%s is retried, and the last result counts', async (code) => {
    const { query, calls } = failing(code, code);
    expect(await withPostgresDeadline(query)).toBe('done');
    expect(calls()).toBe(3);
  });

  test.each(['40P01', '40001'])('%s that repeats is eventually unavailable', async (code) => {
    const { query, calls } = failing(...Array.from({ length: 9 }, () => code));
    await expect(withPostgresDeadline(query)).rejects.toThrow(UnavailableError);
    expect(calls()).toBe(4);
  });

  test('about the query itself is passed on', async () => {
    await expect(withPostgresDeadline(failing('23505').query)).rejects.toMatchObject({ code: '23505' });
  });
});
