import { expect, test } from '@jest/globals';
import type { MSKRecord } from 'aws-lambda';
import { encodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import { originalPlaceHeaders } from '../../../lib/kafka/originalPlace.ts';
import { waiterHeaders } from '../../../lib/kafka/waiter.ts';
import { readBallots } from '../../../lib/voting/readBallots.ts';
import { createWaiterSeal } from '../../../lib/voting/waiterSeal.ts';

const SEAL = createWaiterSeal([{ kid: 'k1', secret: 's'.repeat(32) }]);
const BALLOT = {
  pollId: '0190a5d8c0de7000800000000000abcd',
  voterKey: '0123456789abcdef0123456789abcdef',
  acceptedAt: 1_795_400_000_000_123,
  choices: 2,
  mayChange: true,
};
const OWN = { partition: 4, offset: 900, appendTime: 1_795_400_009_000 };
const FIRST = { partition: 2, offset: 17, appendTime: 1_795_400_000_500 };

function recordWith(headers: Record<string, string>): MSKRecord {
  const { key, value } = encodeBallot(BALLOT);
  return {
    topic: 'votes',
    partition: OWN.partition,
    offset: OWN.offset,
    timestamp: OWN.appendTime,
    timestampType: 'LOG_APPEND_TIME',
    key: key.toString('base64'),
    value: value.toString('base64'),
    headers: Object.entries(headers).map(([name, text]) => ({ [name]: [...Buffer.from(text)] })),
  };
}
const waiter = { connectionId: 'phone', requestId: 'r1' };
const progress = { partition: OWN.partition, end: { appendTime: OWN.appendTime, offset: OWN.offset } };

test('a ballot is ordered, and told of, by where its record stands', () => {
  const batch = readBallots([recordWith(waiterHeaders(SEAL, waiter))], SEAL);
  expect(batch).toMatchObject({ ...progress, ballots: [{ ...BALLOT, ...OWN }], unreadable: [] });
  expect(batch.waiting).toMatchObject([{ waiter, vote: OWN }]);
});

test('one that is sent again is so by where it first stood, while its partition is counted to where it stands', () => {
  const batch = readBallots(
    [recordWith({ ...originalPlaceHeaders(FIRST), ...waiterHeaders(SEAL, waiter) })],
    SEAL,
  );
  expect(batch).toMatchObject({ ...progress, ballots: [{ ...BALLOT, ...FIRST }], unreadable: [] });
  expect(batch.waiting).toMatchObject([{ waiter, vote: FIRST }]);
});

test('one whose first place cannot be read is set aside', () => {
  const record = recordWith({ original_place: 'somewhere' });
  const reason = 'The place where it first stood cannot be read.';
  expect(readBallots([record])).toMatchObject({ ...progress, ballots: [], unreadable: [{ record, reason }] });
});
