import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReceipts, type VoteReference } from '../../../lib/tokens/receipt.ts';

const oldKey = { kid: 'k1', secret: 'an old secret of enough characters' };
const newKey = { kid: 'k2', secret: 'a new secret of enough characters!' };
const receipts = createReceipts([newKey, oldKey]);

const hex32 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const votes: fc.Arbitrary<VoteReference> = fc.record({
  pollId: hex32,
  voterKey: hex32,
  acceptedAt: fc.maxSafeNat(),
  partition: fc.nat({ max: 999 }),
  offset: fc.nat({ max: 2 ** 48 - 1 }),
  appendTime: fc.nat({ max: 2 ** 48 - 1 }),
  isWithdrawal: fc.boolean(),
  wording: fc.oneof(fc.constant(0), fc.nat({ max: 2 ** 31 - 1 })),
});
const vote: VoteReference = {
  pollId: '0190a5d8c0de7000800000000000abcd',
  voterKey: '00112233445566778899aabbccddeeff',
  acceptedAt: 1_795_400_000_000_123,
  partition: 3,
  offset: 4_711,
  appendTime: 1_795_400_000_123,
  isWithdrawal: false,
  wording: 0,
};

describe('a receipt', () => {
  test('decodes to the vote it was issued for', () => {
    fc.assert(fc.property(votes, (one) => expect(receipts.read(receipts.issue(one))).toEqual(one)));
  });

  test('is short and URL-safe', () => {
    fc.assert(fc.property(votes, (one) => expect(receipts.issue(one)).toMatch(/^[a-z0-9]+\.[\w-]{96,102}$/)));
  });

  test('with any changed character is invalid', () => {
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. '];
    fc.assert(
      fc.property(votes, fc.nat(), fc.constantFrom(...characters), (one, at, character) => {
        const receipt = receipts.issue(one);
        const place = at % receipt.length;
        const changed = receipt.slice(0, place) + character + receipt.slice(place + 1);
        expect(receipts.read(changed)).toEqual(changed === receipt ? one : undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  test('that is truncated, extended or invented is invalid', () => {
    const receipt = receipts.issue(vote);
    for (let length = 0; length < receipt.length; length++) {
      expect(receipts.read(receipt.slice(0, length))).toBeUndefined();
    }
    expect(receipts.read(`${receipt}A`)).toBeUndefined();
    expect(receipts.read(`${receipt}.`)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => expect(receipts.read(text)).toBeUndefined()));
  });

  test('from before polls had wordings is for the first one', () => {
    const issued =
      'k1.vwc0P7XCizRVj5qBvi2yhUb8VtNT132s8iXMXmGa2iRJPnDaud_Dfk0GAg9nkBY77sLCcdpPT-qlBr82WB0rz7vP5FWP7xjp';
    expect(createReceipts([oldKey]).read(issued)).toEqual(vote);
  });

  test('of an older signing key is still valid', () => {
    expect(receipts.read(createReceipts([oldKey]).issue(vote))).toEqual(vote);
  });

  test('of an unknown key, or of another key with the same id, is invalid', () => {
    expect(createReceipts([newKey]).read(createReceipts([oldKey]).issue(vote))).toBeUndefined();
    const impostor = createReceipts([{ kid: 'k2', secret: 'somebody else has this long secret' }]);
    expect(receipts.read(impostor.issue(vote))).toBeUndefined();
  });

  test('reveals nothing: two receipts of one voter share only the key id', () => {
    const bytes = (one: VoteReference) => Buffer.from(receipts.issue(one).slice(3), 'base64url');
    const [first, second] = [bytes(vote), bytes({ ...vote, offset: vote.offset + 1 })];
    const equal = first.filter((byte, at) => byte === second[at]).length;
    expect(equal).toBeLessThan(8);
    expect(first.toString('hex')).not.toContain(vote.voterKey);
  });
});
