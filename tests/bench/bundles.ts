/** How much a function's cold start has to read, and how long its module takes to load: a fresh process each
 * time, as on Lambda. Loading is work of one thread, so its processor time is the time it takes, and what else
 * the machine does stays out of it. The peer is kafkajs by itself, bundled with the same options. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUILD_FOLDER, buildFunctions, bundleOptions, type FunctionBundle } from '../../esbuild.config.ts';
import { loadableEnvironment } from '../support/lambda/loadableEnvironment.ts';
import type { BenchRow } from './row.ts';

const RUNS = 15;
const KILO = 1024;
const BROADCAST_STANDINGS_KILOBYTES = 60;
const CAST_VOTE_LOADS_OF_KAFKAJS = 1.3;

const TIMED_IMPORT = `
  const begun = process.threadCpuUsage();
  for (const module of process.argv.slice(1)) await import(module);
  const { user, system } = process.threadCpuUsage(begun);
  console.log((user + system) / 1000);
  process.exit();`;

async function bundleKafkaJs(): Promise<string> {
  const outfile = join(BUILD_FOLDER, 'bench', 'kafkajs.mjs');
  const { outdir: _, outbase: __, outExtension: ___, ...options } = bundleOptions;
  const stdin = { contents: "export { Kafka } from 'kafkajs';", resolveDir: import.meta.dirname };
  await build({ ...options, write: true, stdin, outfile });
  return outfile;
}

/** Files that are loaded together, and their name in the table. */
interface Subject {
  name: string;
  modules: string[];
}

function loadOnce(modules: string[]): number {
  const urls = modules.map((module) => pathToFileURL(module).href);
  const options = ['--input-type=module', '--eval', TIMED_IMPORT, ...urls];
  return Number(execFileSync(process.execPath, options, { env: loadableEnvironment, encoding: 'utf8' }));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Milliseconds of each, run by run. All of them take turns, so that a busy moment of the machine hits all
 * alike. */
function loadTimes(subjects: Subject[]): Map<string, number[]> {
  const times = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let run = 0; run < RUNS; run += 1) {
    for (const { name, modules } of subjects) times.get(name)?.push(loadOnce(modules));
  }
  return times;
}

/** A function's bundle, and where it puts off some modules, also the bundle together with them: what the first
 * request that needs them pays for in the end. */
function subjectsOf({ name, files }: FunctionBundle): Subject[] {
  const [bundle = '', ...later] = files.filter((file) => file.endsWith('.mjs'));
  const atOnce = { name: basename(name), modules: [join(BUILD_FOLDER, bundle)] };
  if (later.length === 0) return [atOnce];
  const all = [bundle, ...later].map((file) => join(BUILD_FOLDER, file));
  return [atOnce, { name: `${basename(name)} and all it loads later`, modules: all }];
}

function sizeRows({ name, modules }: Subject): BenchRow[] {
  const bytes = Buffer.concat(modules.map((module) => readFileSync(module)));
  const minified = bytes.length / KILO;
  const goal =
    name === 'broadcastStandings'
      ? { goal: `≤ ${BROADCAST_STANDINGS_KILOBYTES} KB`, met: minified <= BROADCAST_STANDINGS_KILOBYTES }
      : {};
  return [
    { name: `${name} size`, value: minified, unit: 'KB', ...goal },
    { name: `${name} size, gzip`, value: gzipSync(bytes).length / KILO, unit: 'KB' },
  ];
}

function loadRow(name: string, times: number[], ofKafkaJs: number[]): BenchRow {
  const ratio = median(times.map((time, run) => time / (ofKafkaJs[run] ?? Number.NaN)));
  const goal =
    name === 'castVote'
      ? { goal: `≤ ${CAST_VOTE_LOADS_OF_KAFKAJS} × kafkajs`, met: ratio <= CAST_VOTE_LOADS_OF_KAFKAJS }
      : {};
  return { name: `${name} load`, value: median(times), unit: 'ms', ratio, of: 'kafkajs', ...goal };
}

export default async function bundles(): Promise<BenchRow[]> {
  const built = await buildFunctions();
  const peer = { name: 'kafkajs alone', modules: [await bundleKafkaJs()] };
  const subjects = [peer, ...built.flatMap(subjectsOf)];
  const times = loadTimes(subjects);
  const timesOf = ({ name }: Subject) => times.get(name) ?? [];
  return subjects.flatMap((subject) => [
    ...sizeRows(subject),
    loadRow(subject.name, timesOf(subject), timesOf(peer)),
  ]);
}
