/** Loses connections to PostgreSQL in the way that its argument names, and prints what became of the queries. A program
 * of its own, because its client is loaded as that of functions or commands is, and because it may crash or wait for
 * ever. */
import { setTimeout as delay } from 'node:timers/promises';
import { postgresConfig } from '../../../lib/config.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';

const CONNECTIONS = 4;
const QUERIES_EACH = 60;
const ROUNDS = 20;
const STALL_MS = 100;
const SECOND_MS = 1_000;

const sql = connect({ ...postgresConfig(), poolSize: CONNECTIONS });
const killer = connect({ ...postgresConfig(), poolSize: 1 });

const codeOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);

const kill = (pids: number[]) =>
  killer`select pg_terminate_backend(pid) from pg_stat_activity where pid = any(${`{${pids.join()}}`}::text::int[])`;

/** Occupies each connection of the pool. */
async function backends(): Promise<number[]> {
  const asked = Array.from({ length: CONNECTIONS }, async () => {
    const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid, pg_sleep(0.1)`;
    return row?.pid ?? 0;
  });
  return Promise.all(asked);
}

async function untilConnected(): Promise<void> {
  for (;;) {
    const isThere = await backends().then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await delay(STALL_MS);
  }
}

/** How many of many queries got their own answer, an error, or another's answer. */
async function ask(count: number) {
  const outcomes = { own: 0, error: 0, wrong: 0 };
  const queries = Array.from({ length: count }, async (_, n) => {
    try {
      const [row] = await sql<{ n: number }[]>`select ${n}::int as n`;
      outcomes[row?.n === n ? 'own' : 'wrong'] += 1;
    } catch {
      outcomes.error += 1;
    }
  });
  await Promise.all(queries);
  return outcomes;
}

/** All at once while queries wait, and while this process is busy and sees all closes at the same time. */
async function allAtOnce() {
  const sum = { own: 0, error: 0, wrong: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    await untilConnected();
    const pids = await backends();
    const asked = ask(CONNECTIONS * QUERIES_EACH);
    await kill(pids);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
    for (const outcomes of [await asked, await ask(CONNECTIONS * 2)]) {
      for (const name of ['own', 'error', 'wrong'] as const) sum[name] += outcomes[name];
    }
  }
  await untilConnected();
  return { wrong: sum.wrong, asked: sum.own + sum.error + sum.wrong, after: await ask(CONNECTIONS) };
}

/** In a transaction that goes on, and that has more to write by the time that the pool is connected again. */
async function inTransaction() {
  await sql`create table if not exists written (n int)`;
  const late: string[] = [];
  let hasEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    hasEnded = resolve;
  });
  const lost = await sql
    .begin(async (tx) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await kill([row?.pid ?? 0]);
      await tx`insert into written values (1)`.catch((error) => late.push(codeOf(error)));
      await delay(SECOND_MS);
      await untilConnected();
      await tx`insert into written values (2)`.catch((error) => late.push(codeOf(error)));
      hasEnded();
    })
    .catch(codeOf);
  await ended;
  const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from written`;
  return { lost, late, rows: row?.rows, after: await ask(CONNECTIONS) };
}

/** In the middle of a result: by an error, and by a loss. */
async function inResult() {
  const one = connect({ ...postgresConfig(), poolSize: 1 });
  const next = async () => [...(await one`select 1 as n`)];
  const failed = await one`select 1 / (n - 3) from generate_series(1, 5) as n`.catch(codeOf);
  const afterError = await next();
  const [row] = await one<{ pid: number }[]>`select pg_backend_pid() as pid`;
  // More than PostgreSQL keeps back, so that rows have arrived when the rest takes its time.
  const lost = one`
    select repeat('x', 100), case when n > 50000 then pg_sleep(1) end from generate_series(1, 50005) as n`.catch(
    codeOf,
  );
  await delay(SECOND_MS);
  await kill([row?.pid ?? 0]);
  const lostBy = await lost;
  const afterLoss = await next();
  await one.end({ timeout: 1 });
  return { failed, afterError, lostBy, afterLoss };
}

const scenarios: Record<string, () => Promise<unknown>> = { allAtOnce, inTransaction, inResult };
const end = (some: Sql) => some.end({ timeout: 1 });

console.log(JSON.stringify(await scenarios[process.argv[2] ?? '']?.()));
await Promise.all([sql, killer].map(end));
