import { expect } from '@jest/globals';
import type { Accepted, Answer } from './api.ts';

// The longest wait of a client, plus some time for a busy machine.
const REFUSED_WITHIN_MS = 6_000;
const ACCEPTED_WITHIN_MS = 2_000;
const HEALTH_WITHIN_MS = 3_000;

async function within<T>(limitMs: number, answer: Promise<Answer<T>>): Promise<Answer<T>> {
  const began = performance.now();
  const answered = await answer;
  expect(performance.now() - began).toBeLessThan(limitMs);
  return answered;
}

/** @returns the receipt of a vote, which must be accepted */
export async function expectAccepted(answer: Promise<Answer<Accepted>>): Promise<string> {
  const { status, body } = await within(ACCEPTED_WITHIN_MS, answer);
  expect([status, body]).toEqual([202, expect.objectContaining({ status: 'accepted' })]);
  return body.receipt;
}

/** Expects the answer that the interface promises while a dependency is unavailable. */
export async function expectUnavailable(answer: Promise<Answer<unknown>>): Promise<void> {
  const { status, headers, body } = await within(REFUSED_WITHIN_MS, answer);
  expect([status, body]).toEqual([503, expect.objectContaining({ status: 503, code: 'unavailable' })]);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
}

/** Expects `/health` to name the unavailable dependency. */
export async function expectSick(answer: Promise<Answer>, checks: Record<string, string>): Promise<void> {
  const { status, body } = await within(HEALTH_WITHIN_MS, answer);
  expect([status, body]).toEqual([503, { status: 'unavailable', checks }]);
}
