import type { BenchRow } from './row.ts';

const HEADERS = ['measurement', 'value', 'unit', 'ratio', 'goal', 'met'];
const RIGHT_ALIGNED = new Set(['value']);

/** Small numbers keep their decimals, large ones get their thousands apart. */
function plain(value: number): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function cells({ name, value, unit, ratio, of, goal, met }: BenchRow): string[] {
  const compared = ratio === undefined ? '' : `${plain(ratio)} × ${of ?? ''}`.trim();
  return [name, plain(value), unit, compared, goal ?? '', met === undefined ? '' : met ? 'yes' : 'NO'];
}

/** Rows as text, in columns as wide as they need. */
export function table(rows: BenchRow[]): string {
  const lines = [HEADERS, ...rows.map(cells)];
  const widths = HEADERS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return RIGHT_ALIGNED.has(HEADERS[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
