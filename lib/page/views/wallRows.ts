import { mostVotesFirst, type Standings } from './standings.ts';

/** More rows than these are too small to be read from the back of a room. */
const IN_ONE_COLUMN = 8;
const AT_MOST = 16;
const TOP = 10;

export interface WallRows {
  rows: Standings['rows'];
  /** The number of options that are not shown. */
  others: number;
  columns: 1 | 2;
}

/** The rows of a wall: all in the order of the poll, or the top of many.
 * @param most of an overlay, which shows the top from the start */
export function wallRows({ rows }: Standings, isFinal: boolean, most = AT_MOST): WallRows {
  const sorted = isFinal || rows.length > most ? mostVotesFirst(rows) : rows;
  const shown = rows.length > most ? Math.min(most, TOP) : rows.length;
  const columns = shown > IN_ONE_COLUMN ? 2 : 1;
  return { rows: sorted.slice(0, shown), others: rows.length - shown, columns };
}
