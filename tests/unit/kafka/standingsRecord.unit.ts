import { expect, test } from '@jest/globals';
import { MAX_RECORD_BYTES } from '../../../lib/kafka/placement.ts';
import type { OutgoingRecord } from '../../../lib/kafka/producer.ts';
import {
  type DirectMessage,
  decodeStandings,
  directRecords,
  pollsRecords,
  type StandingsRecord,
} from '../../../lib/kafka/standingsRecord.ts';

const decoded = ({ value }: OutgoingRecord): StandingsRecord => decodeStandings(value?.toString('base64'));
const uuid = (at: number) => `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`;

function expectBounded(records: OutgoingRecord[]): void {
  // The braces around a list are beyond what the list is cut by.
  for (const { value } of records) expect(value?.length).toBeLessThan(MAX_RECORD_BYTES + 100);
}

test('28,000 polls fill several records for each shard, in order', () => {
  const pollIds = Array.from({ length: 28_000 }, (_, at) => uuid(at));
  const records = pollsRecords(2, pollIds);
  expectBounded(records);
  for (const shard of [0, 1]) {
    const named = records
      .filter(({ partition }) => partition === shard)
      .map(decoded)
      .flatMap((record) => (record.type === 'polls' ? record.pollIds : []));
    expect(named).toEqual(pollIds);
  }
});

test('no polls give one record for each shard', () => {
  expect(pollsRecords(3, []).map(decoded)).toEqual(Array(3).fill({ type: 'polls', pollIds: [] }));
});

test('messages for thousands of connections fill several records', () => {
  const messages: DirectMessage[] = Array.from({ length: 5_000 }, (_, at) => ({
    connectionId: `connection ${at}`,
    message: { type: 'PONG', request_id: '"\\é'.repeat(25) },
  }));
  const records = directRecords(7, messages);
  expectBounded(records);
  expect(records.length).toBeGreaterThan(1);
  expect(new Set(records.map(({ partition }) => partition))).toEqual(new Set([7]));
  const told = records.map(decoded).flatMap((one) => (one.type === 'direct' ? one.messages : []));
  expect(told).toEqual(messages);
});
