import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createRateLimiter, type RateLimiter } from '../../../lib/concurrency/rateLimit.ts';
import { TooManyRequestsError } from '../../../lib/errors.ts';

const ADA = '192.0.2.1';
const BOB = '192.0.2.2';
const MINUTE_MS = 60_000;

let now: number;

beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => void jest.restoreAllMocks());

function limiterOf(limit: number, maxSources?: number): RateLimiter {
  const limiter = createRateLimiter('votes', limit, maxSources);
  if (!limiter) throw new Error('No limit.');
  return limiter;
}

function isLet(limiter: RateLimiter, address: string): boolean {
  try {
    limiter.spend(address);
    return true;
  } catch (error) {
    if (error instanceof TooManyRequestsError) return false;
    throw error;
  }
}

const letThrough = (limiter: RateLimiter, address: string, tries: number) =>
  Array.from({ length: tries }, () => isLet(limiter, address)).filter(Boolean).length;

describe('a limit of three a minute', () => {
  test('refuses the fourth request, says when the minute ends, and counts no refusal', () => {
    const limiter = limiterOf(3);
    expect(letThrough(limiter, ADA, 3)).toBe(3);
    now += 20_500;
    expect(() => limiter.spend(ADA)).toThrow(
      expect.objectContaining({
        code: 'too_many_requests',
        message: 'More than 3 votes in 60 seconds. Try again in 40 s.',
        quota: { name: 'votes', limit: 3, windowSeconds: 60, remaining: 0, resetSeconds: 40 },
      }),
    );
    expect(letThrough(limiter, ADA, 5)).toBe(0);
    now += 40_000;
    expect(letThrough(limiter, ADA, 5)).toBe(3);
  });

  test('is of each source alone; an IPv6 network is one source', () => {
    const limiter = limiterOf(3);
    expect(letThrough(limiter, ADA, 9)).toBe(3);
    expect(letThrough(limiter, BOB, 9)).toBe(3);
    expect(letThrough(limiter, '2001:db8::1', 2)).toBe(2);
    expect(letThrough(limiter, '2001:db8::ffff:2', 2)).toBe(1);
    expect(letThrough(limiter, '2001:db8:0:1::1', 2)).toBe(2);
  });

  test('gives back what is refunded', () => {
    const limiter = limiterOf(3);
    letThrough(limiter, ADA, 3);
    limiter.refund(ADA);
    expect(limiter.quota(ADA)).toMatchObject({ remaining: 1 });
    expect(letThrough(limiter, ADA, 9)).toBe(1);
    limiter.refund(BOB);
    expect(letThrough(limiter, BOB, 9)).toBe(3);
  });

  test('ends by either clock: a frozen process has a monotonic clock that stands still', () => {
    const limiter = limiterOf(3);
    letThrough(limiter, ADA, 3);
    jest.spyOn(performance, 'now').mockImplementation(() => 1_000_000);
    now += MINUTE_MS;
    expect(letThrough(limiter, ADA, 9)).toBe(3);
  });

  test('forgets the oldest source when there are too many', () => {
    const limiter = limiterOf(3, 2);
    for (const address of [ADA, BOB]) letThrough(limiter, address, 3);
    expect(letThrough(limiter, '192.0.2.3', 3)).toBe(3);
    expect([ADA, BOB].map((address) => limiter.quota(address).remaining)).toEqual([3, 0]);
  });
});

test('however many sources come, the latest thousands are remembered', () => {
  const limiter = limiterOf(1);
  const address = (at: number) => `2001:db8:${(at >> 16).toString(16)}:${(at & 0xffff).toString(16)}::1`;
  const many = 50_000;
  for (let at = 0; at < many; at += 1) limiter.spend(address(at));
  const left = (at: number) => limiter.quota(address(at)).remaining;
  expect([left(many - 1), left(many - 9_000), left(many - 10_001), left(0)]).toEqual([0, 0, 1, 1]);
});

test('a limit of 0 is none', () => {
  expect(createRateLimiter('votes', 0)).toBeUndefined();
});

test('a source gets at least the limit and at most twice that in any minute', () => {
  const step = fc.record({ waitMs: fc.nat(MINUTE_MS / 3), isAda: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
      const limiter = limiterOf(limit);
      const times = new Map<string, number[]>([ADA, BOB].map((address) => [address, []]));
      for (const { waitMs, isAda } of steps) {
        now += waitMs;
        const address = isAda ? ADA : BOB;
        const before = limiter.quota(address);
        const past = (times.get(address) ?? []).filter((time) => time > now - MINUTE_MS);
        const isAllowed = isLet(limiter, address);
        expect(isAllowed).toBe(before.remaining > 0);
        if (!isAllowed) expect(past.length).toBeGreaterThanOrEqual(limit);
        if (isAllowed) past.push(now);
        times.set(address, past);
        expect(past.length).toBeLessThanOrEqual(2 * limit);
        expect(limiter.quota(address).resetSeconds).toBeLessThanOrEqual(60);
      }
    }),
  );
});
