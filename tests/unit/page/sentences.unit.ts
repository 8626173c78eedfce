import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockFace, describeTime } from '../../../lib/page/views/phase.ts';
import { fill, speaker } from '../../../lib/page/views/speak.ts';
import { describeLeader, mostVotesFirst, standingsOf } from '../../../lib/page/views/standings.ts';
import { en } from '../../../lib/page/words/en.ts';
import { chooseLanguage, LANGUAGES } from '../../../lib/page/words/languages.ts';
import { pagePoll, START } from '../../support/page/pagePoll.ts';

const say = speaker('en');

function leader(counts: number[], isFinal = false): string {
  const standings = standingsOf(pagePoll(counts));
  if (!standings) throw new Error('The results are hidden.');
  return describeLeader(standings, isFinal, en.common, say).replace(/[\u2068\u2069]/g, '');
}

describe('the leader in a sentence', () => {
  test.each([
    [[0, 0], 'No votes yet.', 'Nobody voted.'],
    [[1, 0], 'Tea leads with 1 of 1 vote.', 'Tea won with 1 of 1 vote.'],
    [[2, 3], 'Coffee leads with 3 of 5 votes.', 'Coffee won with 3 of 5 votes.'],
    [[2, 2], 'Tied so far: Tea and Coffee, with 2 votes each.', 'A tie: Tea and Coffee, with 2 votes each.'],
  ])('of %j', (counts, open, final) => {
    expect(leader(counts)).toBe(open);
    expect(leader(counts, true)).toBe(final);
  });

  test('cannot be changed by a text that looks like a place to fill in', () => {
    expect(fill('{option} leads', { option: '{count}', count: 1 })).toBe('{count} leads');
  });
});

test('hidden counts have no standings', () => {
  expect(standingsOf(pagePoll([null, null]))).toBeUndefined();
});

test('equal options stay in the order of the poll', () => {
  const rows = standingsOf(pagePoll([1, 3, 1, 3]))?.rows ?? [];
  expect(mostVotesFirst(rows).map(({ text }) => text)).toEqual(['Coffee', 'Juice', 'Tea', 'Water']);
});

describe('the time', () => {
  test('is a countdown under an hour, and reaches 0:00 at the end', () => {
    expect(clockFace(245_000)).toBe('4:05');
    expect(clockFace(1)).toBe('0:01');
    expect(clockFace(0)).toBe('0:00');
    const poll = pagePoll();
    expect(describeTime(poll, START + 1, en.common, say)).toBe('Closes in 60:00');
    expect(describeTime(poll, START - 3_600_000, en.common, say)).toMatch(/^Closes on .*2030/);
    expect(describeTime(poll, START + 3_600_000, en.common, say)).toBe(en.common.counting);
  });

  test('is that of the opening while it is ahead', () => {
    const poll = pagePoll([0, 0], { status: 'scheduled', opens_at: new Date(START + 60_000).toISOString() });
    expect(describeTime(poll, START, en.common, say)).toBe('Voting opens in 1:00');
  });
});

describe('the language', () => {
  test.each([
    [undefined, undefined, 'en'],
    [undefined, 'de-AT,de;q=0.9,en;q=0.8', 'de'],
    [undefined, 'xx, de;q=0.1', 'de'],
    [undefined, 'de;q=0, en', 'en'],
    ['de', 'en', 'de'],
    ['nonsense', 'de', 'de'],
  ])('asked for %s with %s is %s', (asked, accepted, tag) => {
    expect(chooseLanguage(asked, accepted).tag).toBe(tag);
  });

  test('is one of ours whatever is asked', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (asked, accepted) => {
        expect(LANGUAGES).toContain(chooseLanguage(asked, accepted));
      }),
    );
  });

  test('has the places to fill in of English, and every plural form that it needs', () => {
    const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
    for (const { tag, words } of LANGUAGES) {
      const needed = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
      for (const [view, texts] of Object.entries(words)) {
        for (const [key, text] of Object.entries(texts as Record<string, string | Record<string, string>>)) {
          const english = (en as Record<string, Record<string, unknown>>)[view]?.[key];
          const given = typeof text === 'string' ? [text] : Object.values(text);
          if (typeof text !== 'string')
            expect({ tag, key, forms: Object.keys(text).sort() }).toEqual({
              tag,
              key,
              forms: [...needed].sort(),
            });
          const wanted = places(typeof english === 'string' ? english : (english as { other: string }).other);
          const other = typeof text === 'string' ? text : text['other'];
          expect({ tag, key, places: places(other ?? '') }).toEqual({ tag, key, places: wanted });
          for (const one of given) expect(one.trim()).not.toBe('');
        }
      }
    }
  });
});
