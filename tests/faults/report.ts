import type { Finding, FindingKind } from './checks/finding.ts';
import type { RoundResult } from './round.ts';

const COUNTED: FindingKind[] = ['lost', 'doubled', 'wrong', 'stuck'];
const TIMES = ['accepting', 'counting'] as const;
const HEADERS = [
  'kind',
  'faults',
  'votes',
  ...COUNTED,
  ...TIMES.map((time) => `${time} again`),
  ...TIMES.map((time) => `${time} alone`),
];

/** Seconds that the median of rounds with this fault alone should not exceed. On a busy machine it may, so this decides
 * nothing. */
const GOALS = {
  accepting: (kind: string) => (kind.includes('broker') ? 5 : undefined),
  counting: (_: string) => 3,
};

/** One line of the table. */
class Row {
  faults = 0;
  votes = 0;
  readonly found: Record<FindingKind, number> = { lost: 0, doubled: 0, wrong: 0, stuck: 0 };
  readonly times = { accepting: [] as number[], counting: [] as number[] };
  /** Of rounds with this fault alone. */
  readonly alone = { accepting: [] as number[], counting: [] as number[] };

  add({ kinds, votes, findings, ...times }: RoundResult, faults = 1): void {
    this.faults += faults;
    this.votes += votes;
    for (const { kind, votes = 1 } of findings) this.found[kind] += votes;
    for (const time of TIMES) {
      const seconds = times[time];
      if (seconds === undefined) continue;
      this.times[time].push(seconds);
      if (kinds.length === 1) this.alone[time].push(seconds);
    }
  }

  cells(name: string): string[] {
    const counts = [this.faults, this.votes, ...COUNTED.map((kind) => this.found[kind])];
    return [name, ...counts.map(String), ...TIMES.map((time) => seconds(this.times[time]))];
  }

  /** Medians beside their goals. */
  goals(kind: string): string[] {
    return TIMES.map((time) => {
      const [goal, median] = [GOALS[time](kind), medianOf(this.alone[time])];
      if (goal === undefined || median === undefined) return '';
      return median > goal ? `${median.toFixed(1)} > ${goal} s` : `${median.toFixed(1)} of ${goal} s`;
    });
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
    const result = { kinds: [], votes: 0, findings };
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
    const lines = [
      HEADERS,
      ...rows.map(([name, row]) => [...row.cells(name), ...row.goals(name)]),
      this.#sum.cells('all'),
    ];
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

function medianOf(times: number[]): number | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Median and maximum. */
function seconds(times: number[]): string {
  const median = medianOf(times);
  return median === undefined ? '' : `${median.toFixed(1)} / ${Math.max(...times).toFixed(1)} s`;
}
