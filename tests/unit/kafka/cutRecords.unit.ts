import { expect, test } from '@jest/globals';
import { chunksByBytes } from '../../../lib/kafka/standingsRecord.ts';

const cut = (words: string[], mostBytes: number) => [
  ...chunksByBytes(words, (word) => word.length, mostBytes),
];

test('a list is cut where the next item would exceed the bound, and keeps its order', () => {
  expect(cut(['aa', 'bb', 'c', 'ddd'], 5)).toEqual([['aa', 'bb', 'c'], ['ddd']]);
});

test('an item above the bound stands alone', () => {
  expect(cut(['a', 'bbbbbb', 'c'], 5)).toEqual([['a'], ['bbbbbb'], ['c']]);
});

test('nothing makes nothing', () => {
  expect(cut([], 5)).toEqual([]);
});

test('without a bound of its own, a run stays below what a broker takes', () => {
  const sizes = [...chunksByBytes(Array(300).fill('x'.repeat(10_000)), (text) => text.length)];
  expect(sizes.map((run) => run.length)).toEqual([50, 50, 50, 50, 50, 50]);
});
