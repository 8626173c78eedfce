import { stringify } from 'csv-stringify/sync';
import type { AnonymousBallot, BallotPage, Results } from '../domain/results.ts';

/** Formats of results; the first is the default. */
export const RESULTS_TYPES = ['application/json', 'text/csv'] as const;

const COLUMNS = [
  ...['poll_id', 'question', 'status', 'option_id', 'position'],
  ...['option_text', 'vote_count', 'share', 'total_votes'],
];
const BALLOT_COLUMNS = ['poll_id', 'voted_at', 'option_ids'];

/** Without it, spreadsheets on Windows take UTF-8 for the system's own encoding. */
const BYTE_ORDER_MARK = '\ufeff';

/** RFC 4180; null is an empty cell. A cell that a spreadsheet would run as a formula gets a leading `'`. */
function csv(columns: string[], rows: object[]): string {
  return stringify(rows, {
    header: true,
    columns,
    record_delimiter: 'windows',
    // By default only the record's own line break is quoted.
    quoted_match: /[\r\n]/,
    escape_formulas: true,
  });
}

/** One row per option. */
function optionsCsv({ options, ...poll }: Results): string {
  const rows = options.map((option) => ({ ...poll, ...option }));
  return csv(COLUMNS, rows);
}

/** One row per ballot, option ids separated by spaces. */
function ballotsCsv({ poll_id }: Results, ballots: AnonymousBallot[]): string {
  const rows = ballots.map(({ option_ids, ...ballot }) => ({
    poll_id,
    ...ballot,
    option_ids: option_ids.join(' '),
  }));
  return csv(BALLOT_COLUMNS, rows);
}

export interface ResultsFormat {
  type: (typeof RESULTS_TYPES)[number];
  /** For spreadsheets; CSV only. */
  hasByteOrderMark: boolean;
}

/** Renders results or a page of ballots. */
export function renderResults(
  { type, hasByteOrderMark }: ResultsFormat,
  results: Results,
  page: BallotPage | undefined,
): { body: string; headers: Record<string, string> } {
  if (type === 'application/json') {
    return { body: JSON.stringify({ ...results, ...page }), headers: { 'content-type': type } };
  }
  const name = page ? 'ballots' : 'results';
  const rows = page ? ballotsCsv(results, page.ballots ?? []) : optionsCsv(results);
  return {
    body: hasByteOrderMark ? BYTE_ORDER_MARK + rows : rows,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}-${results.poll_id}.csv"`,
    },
  };
}
