import { expect, test } from '@jest/globals';
import { chunksByBytes } from '../../../lib/kafka/placement.ts';

const cut = (words: string[], mostBytes: number) => [
  ...chunksByBytes(words, (word) => word.length, mostBytes),
];

test('a list is cut where the next item would exceed the limit, and keeps its order', () => {
  expect(cut(['aa', 'bb', 'c', 'ddd'], 5)).toEqual([['aa', 'bb', 'c'], ['ddd']]);
});

test('an item above the limit is alone', () => {
  expect(cut(['a', 'bbbbbb', 'c'], 5)).toEqual([['a'], ['bbbbbb'], ['c']]);
});

test('an empty list gives no pieces', () => {
  expect(cut([], 5)).toEqual([]);
});

test('the default limit is below a broker’s request limit', () => {
  const sizes = [...chunksByBytes(Array(300).fill('x'.repeat(10_000)), (text) => text.length)];
  expect(sizes.map((run) => run.length)).toEqual([50, 50, 50, 50, 50, 50]);
});
