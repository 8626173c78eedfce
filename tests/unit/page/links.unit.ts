import { describe, expect, test } from '@jest/globals';
import { pollLinks } from '../../../lib/page/views/links.ts';
import { standingsOf } from '../../../lib/page/views/standings.ts';
import { wallRows } from '../../../lib/page/views/wallRows.ts';
import { pagePoll } from '../../support/page/pagePoll.ts';

describe('the links of a poll', () => {
  test('hold the owner’s token in a fragment only', () => {
    const links = pollLinks('https://polls.example', 'ABC123');
    expect(new URL(links.manage('secret')).hash).toBe('#manage=secret');
    for (const link of [links.link, links.wall, links.overlay, links.embed, links.qr])
      expect(link).not.toContain('secret');
  });

  test('are a QR code in capitals, which has fewer modules, unless the host has other characters', () => {
    expect(pollLinks('https://polls.example', 'ABC123').qr).toBe('HTTPS://POLLS.EXAMPLE/ABC123');
    expect(pollLinks('http://192.168.1.5:3000', 'ABC123').qr).toBe('HTTP://192.168.1.5:3000/ABC123');
    expect(pollLinks('https://müller.example', 'ABC123').qr).toBe('https://müller.example/ABC123');
  });
});

describe('the rows of a wall', () => {
  const rowsOf = (count: number, isFinal = false, most?: number) => {
    const standings = standingsOf(pagePoll(Array.from({ length: count }, (_, at) => at)));
    if (!standings) throw new Error('The results are hidden.');
    const { rows, others, columns } = wallRows(standings, isFinal, most);
    return { shown: rows.length, others, columns, first: rows[0]?.votes };
  };

  test.each([
    [8, { shown: 8, others: 0, columns: 1, first: 0 }],
    [9, { shown: 9, others: 0, columns: 2, first: 0 }],
    [16, { shown: 16, others: 0, columns: 2, first: 0 }],
    [17, { shown: 10, others: 7, columns: 2, first: 16 }],
  ])('of %d options', (count, expected) => {
    expect(rowsOf(count)).toEqual(expected);
  });

  test('are sorted at the end, and as few as an overlay asks for', () => {
    expect(rowsOf(3, true)).toMatchObject({ first: 2 });
    expect(rowsOf(6, false, 2)).toEqual({ shown: 2, others: 4, columns: 1, first: 5 });
  });
});
