import { afterEach, expect, jest, test } from '@jest/globals';
import { closeAfter } from '../../../lib/sql/closeAfter.ts';

const printed = jest.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => {
  printed.mockClear();
});

const closing = jest.fn(async () => {});
const sql = { end: closing };

test('the connections are closed when the work has ended, and not before', async () => {
  const work = Promise.withResolvers<number>();
  const result = closeAfter(sql, work.promise);
  expect(closing).not.toHaveBeenCalled();
  work.resolve(7);
  expect(await result).toBe(7);
  expect(closing).toHaveBeenCalledTimes(1);
});

test('the failure of the work comes out, though closing fails as well', async () => {
  closing.mockRejectedValueOnce(new Error('cannot close'));
  await expect(closeAfter(sql, Promise.reject(new Error('cannot work')))).rejects.toThrow('cannot work');
  expect(printed).toHaveBeenCalledWith(expect.stringContaining('cannot close'));
});

test('work that is done is done, though closing fails', async () => {
  closing.mockRejectedValueOnce(new Error('cannot close'));
  expect(await closeAfter(sql, Promise.resolve('done'))).toBe('done');
});
