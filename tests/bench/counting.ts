/** Counting alone: batches of 1,000 votes into PostgreSQL, durable, against what plain SQL reaches. */
import type { PostgresConfig } from '../../lib/config.ts';
import type { NewPoll } from '../../lib/domain/poll.ts';
import { refreshBoard } from '../../lib/sql/boards.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { freshDatabase, makeTemplate } from '../support/database/database.ts';
import { somePoll } from '../support/database/polls.ts';
import { startPostgres } from '../support/servers/servers.ts';
import { connectPlain, copyVotes, makePlainTables, measureStepByStep } from './peers/plainTable.ts';
import { BATCH_SIZE, type BenchVote, makeVotes, toBatch } from './peers/votes.ts';
import type { BenchRow } from './row.ts';

const BATCHES = 200;
const STEP_BY_STEP_VOTES = 2_000;
const OPTIONS = 4;
/** Ours and COPY take turns, so that a machine that is busy for a while tilts neither. */
const ROUNDS = 3;
const REFRESH_MS = 1_000;

/** Seconds until `workers` have worked off all batches, each one batch at a time. */
async function drain(
  batches: BenchVote[][],
  workers: ((votes: BenchVote[], at: number) => Promise<unknown>)[],
): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    workers.map(async (work, at) => {
      for (let votes = batches[next++]; votes; votes = batches[next++]) await work(votes, at);
    }),
  );
  return (performance.now() - startedAt) / 1_000;
}

/** Votes per second of our statement, the leaderboard's index kept up to date as in operation. */
async function measureOurs(sql: Sql, config: PostgresConfig, batches: BenchVote[][], connections: number) {
  await sql`truncate votes, partition_progress`;
  await sql`update tallies set votes = 0, ballots = 0, moves = 0, board_votes = 0, is_stale = false`;
  await sql`vacuum analyze`;
  const own = Array.from({ length: connections }, () => connect({ ...config, poolSize: 1 }));
  const refreshing = setInterval(() => refreshBoard(sql), REFRESH_MS);
  const repeats = new Map<number, number>();
  const seconds = await drain(
    batches,
    own.map((one) => (votes, at) => tallyBallots(one, toBatch(votes, at), repeats)),
  );
  clearInterval(refreshing);
  const [sums] = await sql<[{ stored: number; tallied: number }]>`
    select (select count(*) from votes) as stored, (select sum(votes)::bigint from tallies) as tallied`;
  await Promise.all(own.map((one) => one.end()));
  const expected = batches.length * BATCH_SIZE;
  if (sums.stored !== expected || sums.tallied !== expected)
    throw new Error(`Counted ${JSON.stringify(sums)}.`);
  return expected / seconds;
}

async function measureCopy(config: PostgresConfig, batches: BenchVote[][], connections: number) {
  const clients = await Promise.all(Array.from({ length: connections }, () => connectPlain(config)));
  await Promise.all(clients.slice(0, 1).map(makePlainTables));
  const seconds = await drain(
    batches,
    clients.map((client) => (votes) => copyVotes(client, votes)),
  );
  await Promise.all(clients.map((client) => client.end()));
  return (batches.length * BATCH_SIZE) / seconds;
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

async function compare(
  config: PostgresConfig,
  sql: Sql,
  polls: NewPoll[],
  name: string,
): Promise<BenchRow[]> {
  const votes = makeVotes(polls, BATCHES);
  const rows: BenchRow[] = [];
  const unit = 'votes/s';
  for (const connections of [1, 4]) {
    const measured: { ours: number; copy: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const copy = await measureCopy(config, votes, connections);
      measured.push({ copy, ours: await measureOurs(sql, config, votes, connections) });
    }
    const ratio = median(measured.map(({ ours, copy }) => ours / copy));
    const [ours, copy] = [median(measured.map((one) => one.ours)), median(measured.map((one) => one.copy))];
    const by = connections === 1 ? '1 connection' : `${connections} connections`;
    rows.push({ name: `${name}, ${by}: COPY of text rows`, value: copy, unit });
    rows.push({
      name: `${name}, ${by}`,
      value: ours,
      unit,
      ratio,
      of: 'COPY',
      goal: '≥ 1.0',
      met: ratio >= 1,
    });
  }
  const steps = await measureStepByStep(config, votes.flat().slice(0, STEP_BY_STEP_VOTES));
  const best = Math.max(...rows.filter(({ of }) => of).map(({ value }) => value));
  const ratio = best / steps;
  rows.push({ name: `${name}: 8 round trips a vote`, value: steps, unit });
  rows.push({
    name: `${name}, best`,
    value: best,
    unit,
    ratio,
    of: '8 round trips',
    goal: '≥ 150',
    met: ratio >= 150,
  });
  return rows;
}

export default async function counting(): Promise<BenchRow[]> {
  const server = await startPostgres();
  try {
    await makeTemplate(server);
    const rows: BenchRow[] = [];
    for (const [count, name] of [
      [1, 'one hot poll'],
      [1_000, '1,000 polls'],
    ] as const) {
      const { sql, config, end } = await freshDatabase(server);
      const polls: NewPoll[] = [];
      while (polls.length < count) polls.push(await somePoll(sql, { size: OPTIONS }));
      rows.push(...(await compare(config, sql, polls, name)));
      await end();
    }
    return rows;
  } finally {
    await server.stop();
  }
}
