import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { postgresConfig } from '../../../lib/config.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { createDatabase, withPostgresDeadline } from '../../../lib/sql/database.ts';
import { isPostgresBusy } from '../../../lib/sql/faults.ts';

const fault = (code: string, more: object = {}) =>
  Object.assign(new Error(`Postgres said ${code}`), { code, ...more });

const unavailable = (error: unknown) =>
  withPostgresDeadline(() => Promise.reject(error)).catch((thrown) => thrown);

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
    ['25P04', 'a transaction that took too long', false],
    ['08006', 'a connection that broke', false],
    ['28P01', 'a password that has changed', false],
    ['28000', 'a role that may no longer log in', false],
    ['3D000', 'a database that was renamed', false],
    ['53200', 'no memory left', false],
    ['53400', 'a limit of the server', false],
    ['57P04', 'a database that was dropped', false],
    ['58030', 'a disk that fails', false],
    ['58P01', 'a file that is missing', false],
    ['XX000', 'an internal error', false],
    ['XX001', 'a damaged page', false],
    ['ECONNREFUSED', 'no server', false],
    ['ENETUNREACH', 'no network', false],
    ['EHOSTUNREACH', 'no route', false],
    ['EADDRNOTAVAIL', 'no local port left', false],
    ['EMFILE', 'no file descriptor left', false],
    ['ENFILE', 'no file descriptor left on this machine', false],
    ['ENOTFOUND', 'no such name', false],
    ['EAI_AGAIN', 'no name server', false],
    ['CERT_HAS_EXPIRED', 'a certificate that has expired', false],
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

  test.each([
    ['22P02', 'a malformed value'],
    ['23505', 'a duplicate key'],
    ['25P02', 'a statement after a failed one'],
    ['26000', 'a prepared statement that is missing'],
    ['42501', 'a missing right'],
    ['42601', 'a syntax error'],
    ['42P05', 'a prepared statement that exists'],
    ['55000', 'an object in the wrong state'],
    ['P0001', 'what a function raises'],
    ['UNSAFE_TRANSACTION', 'a misuse of the client'],
  ])('%s, %s, is about the query and is passed on', async (code) => {
    const error = fault(code, { severity: 'ERROR' });
    expect(await unavailable(error)).toBe(error);
  });
});

const sqlstate = fc.stringMatching(/^[0-9A-Z]{5}$/);
const ofClass = (...classes: string[]) =>
  fc.tuple(fc.constantFrom(...classes), fc.stringMatching(/^[0-9A-Z]{3}$/)).map((parts) => parts.join(''));

describe('whatever the SQLSTATE,', () => {
  test('an error that ends the session is unavailable', async () => {
    await fc.assert(
      fc.asyncProperty(sqlstate, fc.constantFrom('FATAL', 'PANIC'), async (code, severity) => {
        expect(await unavailable(fault(code, { severity }))).toBeInstanceOf(UnavailableError);
      }),
    );
  });

  test('an error of a class about queries is passed on, unless a migration is about to mend it', async () => {
    const awaited = ['42P01', '42703', '42883'];
    await fc.assert(
      fc.asyncProperty(ofClass('21', '22', '23', '42', '0A', 'P0'), async (code) => {
        fc.pre(!awaited.includes(code));
        const error = fault(code, { severity: 'ERROR' });
        expect(await unavailable(error)).toBe(error);
      }),
    );
  });
});

test('a Unix domain socket that is not there is unavailable', async () => {
  const database = createDatabase({ ...postgresConfig({}), host: '/nowhere' });
  await expect(database.run((sql) => sql`select`)).rejects.toMatchObject({
    code: 'unavailable',
    cause: { code: 'ENOENT' },
  });
});
