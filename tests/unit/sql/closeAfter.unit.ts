import { afterEach, expect, jest, test } from '@jest/globals';
import { closeAfter } from '../../../lib/sql/closeAfter.ts';

const printed = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
afterEach(() => {
  printed.mockClear();
});

const closing = jest.fn(async () => {});
const sql = { end: closing };

test('the connections are closed after the work has ended', async () => {
  const work = Promise.withResolvers<number>();
  const result = closeAfter(sql, work.promise);
  expect(closing).not.toHaveBeenCalled();
  work.resolve(7);
  expect(await result).toBe(7);
  expect(closing).toHaveBeenCalledTimes(1);
});

test('the error of the work is thrown, even if closing fails too', async () => {
  closing.mockRejectedValueOnce(new Error('cannot close'));
  await expect(closeAfter(sql, Promise.reject(new Error('cannot work')))).rejects.toThrow('cannot work');
  expect(printed).toHaveBeenCalledWith(expect.stringContaining('cannot close'));
});

test('finished work counts as done, even if closing fails', async () => {
  closing.mockRejectedValueOnce(new Error('cannot close'));
  expect(await closeAfter(sql, Promise.resolve('done'))).toBe('done');
});
