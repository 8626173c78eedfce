/** `npm run bench` runs every benchmark of this folder, `npm run bench -- counting posts` the named ones. */
import { fork } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { hear } from './load/run.ts';
import type { BenchRow } from './row.ts';
import { table } from './table.ts';

interface Result {
  measuredAt: string;
  machine: string;
  rows: BenchRow[];
}

const RESULTS = join(import.meta.dirname, '../../.poleparty/bench.json');
const HELPERS = new Set(['main', 'row', 'runOne', 'statistics', 'table']);

const available = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.ts'))
  .filter((name) => !HELPERS.has(name))
  .sort();

function machine(): string {
  const cores = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} × ${cores[0]?.model ?? 'unknown'}, ${gigabytes} GB, Node ${process.versions.node}`;
}

/** In a process of its own: what one sets in its environment, and leaves in memory, would be another's. */
async function run(name: string): Promise<Result> {
  const rows = await hear<BenchRow[]>(fork(join(import.meta.dirname, 'runOne.ts'), [name]));
  return { measuredAt: new Date().toISOString(), machine: machine(), rows };
}

/** A run of some benchmarks leaves the others' last results in the file. */
async function keep(name: string, result: Result): Promise<void> {
  const kept = await readFile(RESULTS, 'utf8').catch(() => '{}');
  await mkdir(dirname(RESULTS), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify({ ...JSON.parse(kept), [name]: result }, null, 2)}\n`);
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !available.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${available.join(', ')}.`);
  process.exit(1);
}

for (const name of named.length > 0 ? named : available) {
  console.log(`\n${name}`);
  try {
    const result = await run(name);
    console.log(table(result.rows));
    await keep(name, result);
  } catch (error) {
    // A goal that is missed is a result; a benchmark that broke is not.
    console.error(error);
    process.exitCode = 1;
  }
}
