import { expect, test } from '@jest/globals';
import { partitionsBehind } from '../../../lib/domain/closing.ts';

const at = (partition: number, appendTime: number) => ({ partition, appendTime, offset: 0 });

test('results wait for partitions that are not counted past their time, or not at all', () => {
  expect(partitionsBehind([at(0, 999), at(1, 1_000), at(2, 1_001)], 4, 1_000)).toEqual([
    { partition: 0, countedUntil: 999 },
    { partition: 1, countedUntil: 1_000 },
    { partition: 3, countedUntil: null },
  ]);
});

test('results wait for no partition that the topic does not have', () => {
  expect(partitionsBehind([at(0, 2_000), at(7, 1)], 1, 1_000)).toEqual([]);
});
