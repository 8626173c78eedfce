import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { meanAnswer, sharesOfVoters, sharesOfVotes } from '../../../lib/page/views/shares.ts';

const counts = fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 50 });
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

describe('percentages of votes', () => {
  test('add up to 100, and differ from the exact share by less than one', () => {
    fc.assert(
      fc.property(counts, (votes) => {
        const total = sum(votes);
        fc.pre(total > 0);
        const shares = sharesOfVotes(votes);
        expect(sum(shares)).toBe(100);
        shares.forEach((share, at) => {
          expect(Math.abs(share - ((votes[at] ?? 0) * 100) / total)).toBeLessThan(1);
        });
      }),
    );
  });

  test('never give the smaller count the larger share', () => {
    fc.assert(
      fc.property(counts, (votes) => {
        const shares = sharesOfVotes(votes);
        const order = votes.map((_, at) => at).sort((a, b) => (votes[a] ?? 0) - (votes[b] ?? 0));
        const sorted = order.map((at) => shares[at] ?? 0);
        for (let at = 1; at < sorted.length; at += 1) {
          const [a, b] = [order[at - 1] ?? 0, order[at] ?? 0];
          if (votes[a] !== votes[b]) expect(sorted[at]).toBeGreaterThanOrEqual(sorted[at - 1] ?? 0);
        }
      }),
    );
  });

  test('are 34, 33 and 33 for three equal counts, and 0 without votes', () => {
    expect(sharesOfVotes([7, 7, 7])).toEqual([34, 33, 33]);
    expect(sharesOfVotes([0, 0])).toEqual([0, 0]);
  });
});

test('percentages of voters are of those who voted, so they may exceed 100 in sum', () => {
  expect(sharesOfVoters([3, 2, 0], 3)).toEqual([100, 67, 0]);
  expect(sharesOfVoters([0, 0], 0)).toEqual([0, 0]);
});

describe('the mean answer', () => {
  test('is given where every option is a whole number', () => {
    expect(meanAnswer(['1', '2', '3'], [1, 0, 3])).toBe(2.5);
    expect(meanAnswer(['-1', '+1'], [1, 1])).toBe(0);
  });

  test.each([
    [
      ['1', 'two'],
      [1, 1],
    ],
    [
      ['1.5', '2'],
      [1, 1],
    ],
    [
      ['1', '2'],
      [0, 0],
    ],
  ])('is not given for %j with %j votes', (texts, votes) => {
    expect(meanAnswer(texts, votes)).toBeUndefined();
  });
});
