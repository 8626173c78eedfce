import { afterEach, expect, jest, test } from '@jest/globals';
import type { MSKRecord } from 'aws-lambda';
import { decodeEach } from '../../../lib/kafka/partitionBatches.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';

afterEach(() => void jest.restoreAllMocks());

const record = (offset: number, value: string): MSKRecord => ({
  topic: 'standings',
  partition: 3,
  offset,
  timestamp: 0,
  timestampType: 'LOG_APPEND_TIME',
  key: '',
  value,
  headers: [],
});

test('undecodable records of a batch are skipped, and logged in one line with their number and the first offsets', () => {
  const printed = captureLines();
  const garbage = Array.from({ length: 500 }, (_, at) => record(7 + at, 'what?'));
  const records = [record(6, '"a"'), ...garbage, record(507, '"b"')];
  const { decoded, end } = decodeEach('standings', (value) => JSON.parse(value))(records, 'standings-3');
  expect(decoded.map(({ value }) => value)).toEqual(['a', 'b']);
  expect(end.offset).toBe(507);
  expect(printed.map((line) => JSON.parse(line))).toMatchObject([
    {
      level: 'error',
      message: 'Undecodable records skipped.',
      topic: 'standings',
      partition: 3,
      records: 500,
      offsets: [7, 8, 9, 10, 11],
      error: { name: 'SyntaxError' },
    },
  ]);
});
