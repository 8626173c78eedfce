import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import { log, logTo } from '../../lib/log.ts';

let write: ReturnType<typeof jest.spyOn>;

beforeEach(() => {
  write = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => write.mockRestore());

function logged(error: unknown): Record<string, unknown> {
  log.warn('Something went wrong.', { error });
  return JSON.parse(String(write.mock.calls.at(-1)?.[0])).error;
}

test('an internal error is logged with its stack and those of its causes', () => {
  const error = new TypeError('x is no function', { cause: new Error('before') });
  expect(logged(error)).toEqual({
    name: 'TypeError',
    message: 'x is no function',
    stack: error.stack,
    cause: { name: 'Error', message: 'before', stack: expect.stringContaining('log.unit') },
  });
});

test('an outage is logged without stacks', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  expect(logged(new UnavailableError('Postgres is away.', { cause }))).toEqual({
    name: 'UnavailableError',
    message: 'Postgres is away.',
    code: 'unavailable',
    cause: { name: 'Error', message: 'refused', code: 'ECONNREFUSED' },
  });
});

test('a thrown value that is not an error is logged as it is', () => {
  expect(logged('nonsense')).toBe('nonsense');
});

test('lines go to the stream that is set, and to stdout otherwise', () => {
  const lines: string[] = [];
  logTo({ write: (line) => lines.push(String(line)) > 0 });
  log.info('Elsewhere.');
  logTo(process.stdout);
  log.info('On stdout.');
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['Elsewhere.']);
  expect(write).toHaveBeenCalledTimes(1);
  expect(write).toHaveBeenCalledWith(expect.stringContaining('On stdout.'));
});
