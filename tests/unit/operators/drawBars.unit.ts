import { expect, test } from '@jest/globals';
import { drawBars } from '../../../lib/operators/drawBars.ts';
import { countOf } from '../../../lib/operators/terminal.ts';

test('the largest bar is 40 wide, and the others are in proportion', () => {
  const rows = drawBars([
    { label: 'Tea', votes: 8 },
    { label: 'Coffee', votes: 2 },
    { label: 'Milk', votes: 0 },
  ]).split('\n');
  expect(rows.map((row) => row.split('█').length - 1)).toEqual([40, 10, 0]);
  expect(rows[1]).toMatch(/^Coffee {27}█{10} 2$/);
});

test('a long label is cut between characters', () => {
  expect(drawBars([{ label: '🍵'.repeat(40), votes: 1 }])).toMatch(/^(🍵){31}… █{40} 1$/u);
});

test('hidden votes have no bar', () => {
  expect(drawBars([{ label: 'Tea', votes: null }])).toMatch(/^Tea {30}\?$/);
});

test('a label contains no control characters and no line breaks', () => {
  expect(drawBars([{ label: '\u001b[2JTea\r\nor\u2028\u202eoc\u0085', votes: 1 }])).toMatch(
    /^ \[2JTea or oc {20,}█{40} 1$/,
  );
});

test('a count agrees with its noun', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'vote'))).toEqual(['0 votes', '1 vote', '2 votes']);
});
