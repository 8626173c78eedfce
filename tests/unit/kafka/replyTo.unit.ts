import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readReplyTo, replyToHeaders } from '../../../lib/kafka/replyTo.ts';
import { createReplySeal, createSeal } from '../../../lib/tokens/seal.ts';

const OLD = { kid: 'k1', secret: 'o'.repeat(32) };
const NEW = { kid: 'k2', secret: 'n'.repeat(32) };
const seal = createReplySeal([NEW, OLD]);

const asLambdaHands = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, text]) => ({ [name]: [...Buffer.from(text)] }));

const waiters = fc.record({
  connectionId: fc.string({ unit: 'binary' }),
  requestId: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
});

test('the reply address is read back from the header', () => {
  fc.assert(
    fc.property(waiters, (waiter) => {
      const headers = [{ other: [1] }, ...asLambdaHands(replyToHeaders(seal, waiter))];
      expect(readReplyTo(seal, headers)).toEqual(waiter);
    }),
  );
});

test('a header reveals neither connection nor request, nor that two votes share a connection', () => {
  const waiter = { connectionId: 'Zk3pXc0oIAMCJdw=', requestId: 'my-vote-for-tea' };
  const [one, other] = [replyToHeaders(seal, waiter), replyToHeaders(seal, waiter)];
  const bytes = [one, other].map((headers) => `${JSON.stringify(headers)} ${base64Decoded(headers)}`).join();
  for (const part of [waiter.connectionId, waiter.requestId]) expect(bytes).not.toContain(part);
  // Beside the key id nothing is the same: of 60 characters some would be, if a part were.
  const [[kid, hidden = ''], [, otherHidden = '']] = [tokenIn(one), tokenIn(other)];
  expect(kid).toBe('k2');
  expect(hidden).toHaveLength(otherHidden.length);
  for (let at = 0; at + 6 <= hidden.length; at++) expect(otherHidden).not.toContain(hidden.slice(at, at + 6));
});

const tokenIn = (headers: Record<string, string>) => (headers['waiter'] ?? '').split('.');
const base64Decoded = (headers: Record<string, string>) =>
  Buffer.from(tokenIn(headers)[1] ?? '', 'base64url').toString('latin1');

test('a vote cast under an older key still reaches its voter', () => {
  const waiter = { connectionId: 'phone', requestId: undefined };
  const headers = asLambdaHands(replyToHeaders(createReplySeal([OLD]), waiter));
  expect(readReplyTo(seal, headers)).toEqual(waiter);
});

test('a foreign header has no reply address', () => {
  const ours = Buffer.from(replyToHeaders(seal, { connectionId: 'phone', requestId: 'r1' })['waiter'] ?? '');
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.nat(ours.length - 1),
      fc.integer({ min: 1, max: 255 }),
      (bytes, at, flip) => {
        expect(readReplyTo(seal, [{ waiter: [...bytes] }])).toBeUndefined();
        const changed = ours.map((byte, index) => (index === at ? byte ^ flip : byte));
        expect(readReplyTo(seal, [{ waiter: [...changed] }])).toBeUndefined();
        expect(readReplyTo(seal, [{ waiter: [...ours.subarray(0, at)] }])).toBeUndefined();
      },
    ),
  );
  const receipt = createSeal([NEW], 'receipt').close(Buffer.from('["","phone","r1"]'));
  expect(readReplyTo(seal, asLambdaHands({ waiter: receipt }))).toBeUndefined();
  expect(readReplyTo(seal, asLambdaHands({ waiter: '["phone","r1"]' }))).toBeUndefined();
  expect(readReplyTo(seal, [])).toBeUndefined();
  expect(readReplyTo(seal, undefined)).toBeUndefined();
});
