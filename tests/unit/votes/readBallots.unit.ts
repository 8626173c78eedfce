import { expect, test } from '@jest/globals';
import type { MSKRecord } from 'aws-lambda';
import { GRACE_MS } from '../../../lib/domain/closing.ts';
import { encodeBallot, firstAppendTimeHeaders } from '../../../lib/kafka/ballotRecord.ts';
import { replyToHeaders } from '../../../lib/kafka/replyTo.ts';
import { createReplySeal } from '../../../lib/tokens/seal.ts';
import { readBallots } from '../../../lib/votes/readBallots.ts';

const SEAL = createReplySeal([{ kid: 'k1', secret: 's'.repeat(32) }]);
const BALLOT = {
  pollId: '0190a5d8c0de7000800000000000abcd',
  voterKey: '0123456789abcdef0123456789abcdef',
  acceptedAt: 1_795_400_000_000_123,
  choices: 2,
  mayChange: true,
  wording: 0,
};
const OWN = { partition: 4, offset: 900, appendTime: 1_795_400_009_000 };
const FIRST = 1_795_400_000_500;

function recordWith(headers: Record<string, string>, changes: Partial<MSKRecord> = {}): MSKRecord {
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
    ...changes,
  };
}
const waiter = { connectionId: 'phone', requestId: 'r1' };
const progress = { partition: OWN.partition, end: { appendTime: OWN.appendTime, offset: OWN.offset } };

test('a ballot is judged, and its voter notified, by the position of its record', () => {
  const batch = readBallots([recordWith(replyToHeaders(SEAL, waiter))], SEAL);
  expect(batch).toMatchObject({ ...progress, ballots: [{ ...BALLOT, ...OWN }], unreadable: [] });
  expect(batch.waiting).toMatchObject([{ waiter, vote: OWN }]);
});

test('a ballot that reached the log too late is skipped, and its partition is counted past it', () => {
  const at = (timestamp: number) =>
    readBallots([recordWith(replyToHeaders(SEAL, waiter), { timestamp })], SEAL);
  const last = BALLOT.acceptedAt / 1_000 + GRACE_MS;
  expect(at(Math.floor(last))).toMatchObject({ ballots: [BALLOT], waiting: [{ waiter }] });
  const end = { appendTime: Math.ceil(last), offset: OWN.offset };
  expect(at(Math.ceil(last))).toMatchObject({ end, ballots: [], waiting: [], unreadable: [] });
});

test('a redriven ballot has its first append time, and its partition is counted to its new position', () => {
  const headers = { ...firstAppendTimeHeaders(FIRST), ...replyToHeaders(SEAL, waiter) };
  const timestamp = OWN.appendTime + GRACE_MS;
  const batch = readBallots([recordWith(headers, { timestamp })], SEAL);
  const ballot = { ...BALLOT, ...OWN, appendTime: FIRST };
  const end = { appendTime: timestamp, offset: OWN.offset };
  expect(batch).toMatchObject({ ...progress, end, ballots: [ballot], unreadable: [] });
  expect(batch.waiting).toMatchObject([{ waiter, vote: ballot }]);
});

test('a ballot with an unreadable first append time is dead-lettered', () => {
  const record = recordWith({ first_append_time: 'some day' });
  const reason = 'The header first_append_time is invalid.';
  expect(readBallots([record])).toMatchObject({ ...progress, ballots: [], unreadable: [{ record, reason }] });
});

test('a ballot from a clock that is far ahead is judged by the time of the log', () => {
  const timestamp = BALLOT.acceptedAt / 1_000 - 60_000;
  const appendTime = Math.floor(timestamp);
  const batch = readBallots([recordWith({}, { timestamp: appendTime })]);
  expect(batch.ballots).toMatchObject([{ acceptedAt: (appendTime + 500) * 1_000 + 123 }]);
});
