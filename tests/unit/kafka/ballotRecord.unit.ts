import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Ballot } from '../../../lib/domain/ballot.ts';
import { PoisonRecordError } from '../../../lib/errors.ts';
import { decodeBallot, encodeBallot } from '../../../lib/kafka/ballotRecord.ts';

const hex32 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const ballots: fc.Arbitrary<Ballot> = fc.record({
  pollId: hex32,
  voterKey: hex32,
  acceptedAt: fc.maxSafeNat(),
  choices: fc.nat({ max: 2 ** 31 - 1 }).map((choices) => choices * 2 ** 19),
  mayChange: fc.boolean(),
  wording: fc.oneof(fc.constant(0), fc.nat({ max: 2 ** 31 - 1 })),
});
const decode = ({ key, value }: { key: Buffer; value: Buffer }) =>
  decodeBallot(key.toString('base64'), value.toString('base64'));

test('a ballot is decoded as it was encoded, whichever words it is for', () => {
  fc.assert(fc.property(ballots, (ballot) => expect(decode(encodeBallot(ballot))).toEqual(ballot)));
});

test('a ballot for the first words has the record that earlier releases wrote and read', () => {
  const ballot: Ballot = {
    pollId: '0190a5d8c0de7000800000000000abcd',
    voterKey: '0123456789abcdef0123456789abcdef',
    acceptedAt: 1_795_400_000_000_123,
    choices: 2,
    mayChange: true,
    wording: 0,
  };
  const value = Buffer.from('020190a5d8c0de7000800000000000abcd000660e8233ad07b0000000000000002', 'hex');
  expect(encodeBallot(ballot).value.toString('hex')).toBe(value.toString('hex'));
  expect(decode({ key: Buffer.from(ballot.voterKey, 'hex'), value })).toEqual(ballot);
});

test('a record of another kind or length is no ballot', () => {
  const bytesOfKind = new Map([1, 2, 5, 6].map((kind) => [kind, kind < 4 ? 33 : 37]));
  const kinds = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(ballots, kinds, fc.constantFrom(0, 1, 32, 33, 34, 36, 37, 38), (ballot, kind, size) => {
      const { key, value } = encodeBallot(ballot);
      const other = Buffer.alloc(size);
      value.copy(other);
      if (size > 0) other[0] = kind;
      const isValid = bytesOfKind.get(kind) === size;
      const decoding = () => decode({ key, value: other });
      if (isValid) expect(decoding()).toMatchObject({ pollId: ballot.pollId });
      else expect(decoding).toThrow(PoisonRecordError);
    }),
  );
});
