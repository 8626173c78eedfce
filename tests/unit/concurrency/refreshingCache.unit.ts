import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createRefreshingCache } from '../../../lib/concurrency/refreshingCache.ts';

const limits = { freshMs: 3_000, refreshTimeoutMs: 20, maxEntries: 3 };
let loads: string[];
let source: (key: string) => Promise<string | undefined>;
let now: number;

beforeEach(() => {
  loads = [];
  now = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

function cache() {
  return createRefreshingCache<string>((key) => {
    loads.push(key);
    return source(key);
  }, limits);
}

describe('a refreshing cache', () => {
  test('loads once while its value is fresh, and again when it is not', async () => {
    source = async (key) => `${key} of ${now}`;
    const get = cache();
    expect([await get('a'), await get('a')]).toEqual(['a of 1000000', 'a of 1000000']);
    now += limits.freshMs;
    expect(await get('a')).toBe(`a of ${now}`);
    expect(loads).toEqual(['a', 'a']);
  });

  test('counts the age of a value from the start of its load, because the source may change meanwhile', async () => {
    let answer: (value: string) => void = () => {};
    source = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const get = cache();
    const first = get('a');
    now += limits.freshMs;
    answer('old');
    expect(await first).toBe('old');
    source = async () => 'new';
    expect(await get('a')).toBe('new');
  });

  test('loads anew after a freeze in the middle of a refresh, and what becomes of that one changes nothing', async () => {
    source = async () => 'old';
    const get = cache();
    await get('a');
    now += limits.freshMs;
    let fail: (error: Error) => void = () => {};
    source = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    expect(await get('a')).toBe('old');

    now += 3_600_000;
    source = async () => 'new';
    const [first, second] = [get('a'), get('a')];
    fail(new Error('The connection was lost in the freeze.'));
    expect(await Promise.all([first, second])).toEqual(['new', 'new']);
    expect(await get('a')).toBe('new');
    expect(loads).toEqual(['a', 'a', 'a']);
  });

  test('waits longer than usual for the successor of an old value', async () => {
    source = async () => 'old';
    const get = cache();
    await get('a');
    now += 3_600_000;
    source = () => new Promise((resolve) => setTimeout(resolve, 3 * limits.refreshTimeoutMs, 'new'));
    expect(await get('a')).toBe('new');
  });

  test('shares one load among concurrent callers', async () => {
    source = async () => 'value';
    const get = cache();
    const values = await Promise.all(Array.from({ length: 50 }, () => get('a')));
    expect(new Set(values)).toEqual(new Set(['value']));
    now += limits.freshMs;
    await Promise.all(Array.from({ length: 50 }, () => get('a')));
    expect(loads).toEqual(['a', 'a']);
  });

  test('loads again for a caller that needs a fresh value, because a running load may have read too early', async () => {
    const answers: ((value: string) => void)[] = [];
    source = () => new Promise((resolve) => answers.push(resolve));
    const get = cache();
    const early = get('a');
    const fresh = [get('a', true), get('a', true)];
    expect(loads).toEqual(['a']);
    answers[0]?.('closed');
    expect(await early).toBe('closed');
    await Promise.resolve();
    expect(loads).toEqual(['a', 'a']);
    answers[1]?.('open');
    expect(await Promise.all(fresh)).toEqual(['open', 'open']);
    expect(await get('a')).toBe('open');
    source = async () => Promise.reject(new Error('away'));
    await expect(get('a', true)).rejects.toThrow('away');
    expect(await get('a')).toBe('open');
  });

  test('fails with a running load for a caller that needs a fresh value, rather than wait for another', async () => {
    let fail: (error: Error) => void = () => {};
    source = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const get = cache();
    const asked = Promise.allSettled([get('a'), get('a', true)]);
    fail(new Error('away'));
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(loads).toEqual(['a']);
    source = async () => 'value';
    expect(await get('a', true)).toBe('value');
  });

  test('does not cache missing values', async () => {
    source = async () => undefined;
    const get = cache();
    expect(await get('a')).toBeUndefined();
    source = async () => 'here now';
    expect(await get('a')).toBe('here now');
  });

  test('drops a value that no longer exists', async () => {
    source = async () => 'value';
    const get = cache();
    await get('a');
    now += limits.freshMs;
    source = async () => undefined;
    expect(await get('a')).toBeUndefined();
    expect(await get('a')).toBeUndefined();
  });

  test('serves the old value while its source fails, and retries only after a while', async () => {
    source = async () => 'old';
    const get = cache();
    await get('a');
    now += limits.freshMs;
    source = () => Promise.reject(new Error('away'));
    expect([await get('a'), await get('a')]).toEqual(['old', 'old']);
    expect(loads).toHaveLength(2);
    now += limits.freshMs;
    source = async () => 'new';
    expect(await get('a')).toBe('new');
  });

  test('serves the old value while its source hangs, and the new one when it arrives', async () => {
    source = async () => 'old';
    const get = cache();
    await get('a');
    now += limits.freshMs;
    let answer: (value: string) => void = () => {};
    const slow = new Promise<string>((resolve) => {
      answer = resolve;
    });
    source = () => slow;
    expect(await Promise.all([get('a'), get('a')])).toEqual(['old', 'old']);
    answer('new');
    await slow;
    expect(await get('a')).toBe('new');
    expect(loads).toHaveLength(2);
  });

  test('passes on the failure if it has no old value, and retries for the next caller', async () => {
    source = () => Promise.reject(new Error('away'));
    const get = cache();
    await expect(get('a')).rejects.toThrow('away');
    source = async () => 'value';
    expect(await get('a')).toBe('value');
  });

  test('drops the least recently used value when it is full', async () => {
    source = async (key) => key;
    const get = cache();
    for (const key of ['a', 'b', 'c', 'a', 'd']) await get(key);
    loads = [];
    for (const key of ['a', 'c', 'd']) await get(key);
    expect(loads).toEqual([]);
    await get('b');
    expect(loads).toEqual(['b']);
  });
});
