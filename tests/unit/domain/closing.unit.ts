import { expect, test } from '@jest/globals';
import { partitionsBehind } from '../../../lib/domain/closing.ts';

const at = (partition: number, appendTime: number, number = 0) => {
  return { partition, appendTime, offset: 0, mark: { number, appendTime } };
};

test('results wait for partitions that are not counted past their time, or not at all', () => {
  expect(partitionsBehind([at(0, 999), at(1, 1_000), at(2, 1_001)], 4, null, 1_000)).toEqual([
    { partition: 0, countedUntil: 999 },
    { partition: 1, countedUntil: 1_000 },
    { partition: 3, countedUntil: null },
  ]);
});

test('results wait for no partition that the topic does not have', () => {
  expect(partitionsBehind([at(0, 2_000), at(7, 1)], 1, null, 1_000)).toEqual([]);
});

test('once they wait for a marker, its number and time decide', () => {
  const progress = [at(0, 2_000, 6), at(1, 2_000, 7), at(2, 1_000, 8)];
  expect(partitionsBehind(progress, 3, 7, 1_000)).toEqual([
    { partition: 0, countedUntil: 2_000 },
    { partition: 2, countedUntil: 1_000 },
  ]);
});
