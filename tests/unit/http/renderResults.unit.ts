import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Results } from '../../../lib/domain/results.ts';
import { type ResultsFormat, renderResults } from '../../../lib/http/renderResults.ts';

const CSV: ResultsFormat = { type: 'text/csv', hasByteOrderMark: false };
const JSON_FORMAT: ResultsFormat = { type: 'application/json', hasByteOrderMark: false };
const POLL_ID = '0190a5d8-c0de-7000-8000-00000000abcd';
const OPTION_IDS = ['0190a5d8-c0de-7000-8000-000000000001', '0190a5d8-c0de-7000-8000-000000000002'] as const;

function results(texts: string[], votes: (number | null)[]): Results {
  return {
    poll_id: POLL_ID,
    question: texts[0] ?? '',
    status: 'open',
    is_final: false,
    closed_at: null,
    total_votes: votes.includes(null) ? null : 4,
    version: 7,
    options: texts.slice(1).map((option_text, position) => ({
      option_id: OPTION_IDS[position] ?? '',
      option_text,
      position,
      vote_count: votes[position] ?? null,
      share: votes[position] == null ? null : 0.25,
    })),
  };
}

/** Reads CSV as RFC 4180 writes it, by a grammar of its own. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    rows.at(-1)?.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === '\r\n') rows.push([]);
    if (cell.lastIndex === text.length) break;
  }
  expect(rows.pop()).toEqual([]);
  return rows;
}

const optionTexts = (body: string) =>
  readCsv(body)
    .slice(1)
    .map((row) => row[5]);

describe('results as CSV', () => {
  test('have one row for each option', () => {
    const { body, headers } = renderResults(CSV, results(['Tea?', 'Yes', 'No, "never"'], [1, 3]), undefined);
    expect(body).toBe(
      [
        'poll_id,question,status,option_id,position,option_text,vote_count,share,total_votes',
        `${POLL_ID},Tea?,open,${OPTION_IDS[0]},0,Yes,1,0.25,4`,
        `${POLL_ID},Tea?,open,${OPTION_IDS[1]},1,"No, ""never""",3,0.25,4`,
        '',
      ].join('\r\n'),
    );
    expect(headers).toEqual({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="results-${POLL_ID}.csv"`,
    });
  });

  test('have empty cells where they are hidden', () => {
    const { body } = renderResults(CSV, results(['Tea?', 'Yes', 'No'], [null, null]), undefined);
    expect(readCsv(body)[1]?.slice(6)).toEqual(['', '', '']);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('contain no formula: %j', (text) => {
    const { body } = renderResults(CSV, results([text, text, 'No'], [1, 3]), undefined);
    expect(readCsv(body)[1]).toEqual(expect.arrayContaining([`'${text}`]));
    expect(optionTexts(body)).toEqual([`'${text}`, 'No']);
  });

  test('begin with a byte-order mark on request, which JSON never has', () => {
    const poll = results(['Tee?', 'Grün', 'Weiß'], [1, 3]);
    const page = { ballots: [], next_cursor: null };
    for (const shown of [undefined, page]) {
      const { body } = renderResults(CSV, poll, shown);
      expect(renderResults({ ...CSV, hasByteOrderMark: true }, poll, shown).body).toBe(`\ufeff${body}`);
    }
    const json = renderResults({ ...JSON_FORMAT, hasByteOrderMark: true }, poll, undefined);
    expect(json).toEqual(renderResults(JSON_FORMAT, poll, undefined));
  });

  test('round-trip, whatever the texts', () => {
    const awkward = fc.constantFrom('"', ',', ';', '\r', '\n', '\r\n', "'", ' ');
    const unit = fc.oneof(awkward, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }));
    const text = fc.string({ unit }).map((one) => `a${one}`);
    fc.assert(
      fc.property(text, text, text, (question, one, other) => {
        const { body } = renderResults(CSV, results([question, one, other], [1, 3]), undefined);
        expect(optionTexts(body)).toEqual([one, other]);
        expect(readCsv(body)[2]?.[1]).toBe(question);
      }),
    );
  });
});

describe('exported ballots', () => {
  const page = {
    ballots: [
      { option_ids: [...OPTION_IDS], voted_at: '2030-01-31T12:00:00.000Z' },
      { option_ids: [OPTION_IDS[1]], voted_at: '2030-01-31T12:01:00.000Z' },
    ],
    next_cursor: null,
  };
  const poll = results(['Tea?', 'Yes', 'No'], [1, 2]);

  test('are a row each in CSV', () => {
    const { body, headers } = renderResults(CSV, poll, page);
    expect(readCsv(body)).toEqual([
      ['poll_id', 'voted_at', 'option_ids'],
      [POLL_ID, '2030-01-31T12:00:00.000Z', OPTION_IDS.join(' ')],
      [POLL_ID, '2030-01-31T12:01:00.000Z', OPTION_IDS[1]],
    ]);
    expect(headers['content-disposition']).toContain('ballots-');
  });

  test('are included with the results in JSON', () => {
    expect(JSON.parse(renderResults(JSON_FORMAT, poll, page).body)).toEqual({ ...poll, ...page });
  });

  test('are omitted if results are hidden', () => {
    const hidden = { ballots: null, next_cursor: null };
    expect(readCsv(renderResults(CSV, poll, hidden).body)).toHaveLength(1);
    expect(JSON.parse(renderResults(JSON_FORMAT, poll, hidden).body)).toMatchObject({ ballots: null });
  });
});
