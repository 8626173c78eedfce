import type { Finding, FindingKind } from './checks/finding.ts';
import type { RoundResult } from './round.ts';

const COUNTED: FindingKind[] = ['lost', 'doubled', 'wrong', 'stuck'];
const HEADERS = ['kind', 'faults', 'votes', ...COUNTED, 'accepting again', 'counting again'];

/** One line of the table. */
class Row {
  faults = 0;
  votes = 0;
  readonly found: Record<FindingKind, number> = { lost: 0, doubled: 0, wrong: 0, stuck: 0 };
  readonly accepting: number[] = [];
  readonly counting: number[] = [];

  add({ votes, findings, accepting, counting }: Omit<RoundResult, 'kinds'>, faults = 1): void {
    this.faults += faults;
    this.votes += votes;
    for (const { kind, votes = 1 } of findings) this.found[kind] += votes;
    if (accepting !== undefined) this.accepting.push(accepting);
    if (counting !== undefined) this.counting.push(counting);
  }

  cells(name: string): string[] {
    const counts = [this.faults, this.votes, ...COUNTED.map((kind) => this.found[kind])];
    return [name, ...counts.map(String), seconds(this.accepting), seconds(this.counting)];
  }
}

/** The results of all rounds by kind of fault. A round with several faults counts in the line of each, and once in the sum. */
export class Report {
  readonly #rows = new Map<string, Row>();
  readonly #sum = new Row();

  add(result: RoundResult): void {
    for (const kind of result.kinds) this.#row(kind).add(result);
    this.#sum.add(result, result.kinds.length);
  }

  /** Adds the findings after a world's last round. */
  addAfterwards(findings: Finding[]): void {
    const result = { votes: 0, findings };
    this.#row('finals and replay').add(result, 0);
    this.#sum.add(result, 0);
  }

  get isClean(): boolean {
    return COUNTED.every((kind) => this.#sum.found[kind] === 0);
  }

  get faults(): number {
    return this.#sum.faults;
  }

  /** The table, with columns as wide as they need; seconds as median and maximum. */
  toString(): string {
    const rows = [...this.#rows].toSorted(([a], [b]) => a.localeCompare(b));
    const lines = [HEADERS, ...rows.map(([name, row]) => row.cells(name)), this.#sum.cells('all')];
    const widths = HEADERS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
    const pad = (cell: string, column: number) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
    return lines.map((line) => line.map(pad).join('  ')).join('\n');
  }

  #row(kind: string): Row {
    const row = this.#rows.get(kind) ?? new Row();
    this.#rows.set(kind, row);
    return row;
  }
}

/** Median and maximum. */
function seconds(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  const most = sorted.at(-1);
  return median === undefined || most === undefined ? '' : `${median.toFixed(1)} / ${most.toFixed(1)} s`;
}
