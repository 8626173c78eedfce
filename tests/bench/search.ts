/** Listing and searching 1,000,000 polls: queries of many kinds, and some of them once more by reading all polls. */
import type { Sql } from '../../lib/sql/client.ts';
import { listPolls, type PollList } from '../../lib/sql/listPolls.ts';
import { freshDatabase, makeTemplate } from '../support/database/database.ts';
import { startPostgres } from '../support/servers/servers.ts';
import { type ListQuery, listQueries } from './data/listQueries.ts';
import { storeManyPolls } from './data/manyPolls.ts';
import type { BenchRow } from './row.ts';
import { percentile } from './statistics.ts';

const POLLS = 1_000_000;
const ROUNDS = 3;
const GOAL_MS = 50;

interface Timed extends ListQuery {
  ms: number;
}

async function msFor(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function makeQueries(sql: Sql): Promise<ListQuery[]> {
  const ids = await sql<{ poll_id: string }[]>`
    select poll_id from polls where poll_key % 1000 = 0 order by poll_id`;
  return listQueries((share) => ids[Math.floor(ids.length * share)]?.poll_id ?? '');
}

/** All of them, in another order each time; over one connection, as a function has. */
async function measure(sql: Sql, queries: ListQuery[]): Promise<Timed[]> {
  const timed: Timed[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const query of queries.toSorted(() => Math.random() - 0.5)) {
      timed.push({ ...query, ms: await msFor(() => listPolls(sql, query.list, Date.now())) });
    }
  }
  return timed;
}

/** The ids of a page of the polls that are closed, found by looking at each poll. */
async function readAll(sql: Sql, { text, after, limit }: PollList): Promise<string[]> {
  const rows = await sql.begin(async (tx) => {
    await tx`set local enable_indexscan = off`;
    await tx`set local enable_bitmapscan = off`;
    return tx<{ poll_id: string }[]>`
      select poll_id from polls join questions using (poll_key)
      where is_final and upper(windows) <= now() and strpos(folded_question, fold_text(${text})) > 0
        and poll_id < coalesce(${after ?? null}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      order by poll_id desc limit ${limit}`;
  });
  return rows.map(({ poll_id }) => poll_id);
}

/** How long the peer takes, of each kind of search one; the answers have to be the same. */
async function measurePeer(sql: Sql, queries: ListQuery[]): Promise<number[]> {
  const ofEachKind = new Map(
    queries.filter(({ list }) => list.text && list.status === 'closed').map((query) => [query.kind, query]),
  );
  const times: number[] = [];
  for (const { kind, list } of ofEachKind.values()) {
    let expected: string[] = [];
    times.push(await msFor(async () => (expected = await readAll(sql, list))));
    const found = await listPolls(sql, list, Date.now());
    if (`${found.map(({ id }) => id)}` !== `${expected}`)
      throw new Error(`${kind}: ${list.text} finds others.`);
  }
  return times;
}

function rows(timed: Timed[], peer: number[]): BenchRow[] {
  const all = timed.map(({ ms }) => ms);
  const searched = timed.filter(({ list }) => list.text && list.status === 'closed').map(({ ms }) => ms);
  const p99 = percentile(all, 0.99);
  const unit = 'ms';
  const name = `${POLLS} polls`;
  const kinds = Map.groupBy(timed, ({ kind }) => kind);
  return [
    { name: `${name}, ${all.length} queries, p50`, value: percentile(all, 0.5), unit },
    { name: `${name}, p99`, value: p99, unit, goal: `≤ ${GOAL_MS} ms`, met: p99 <= GOAL_MS },
    ...[...kinds].map(([kind, ofKind]) => ({
      name: `${kind}, slowest of ${ofKind.length}`,
      value: Math.max(...ofKind.map(({ ms }) => ms)),
      unit,
    })),
    {
      name: 'searching those that are closed, p50',
      value: percentile(searched, 0.5),
      unit,
      ratio: percentile(peer, 0.5) / percentile(searched, 0.5),
      of: 'faster than reading all',
    },
    { name: 'the same by reading all, p50', value: percentile(peer, 0.5), unit },
  ];
}

export default async function search(): Promise<BenchRow[]> {
  const server = await startPostgres();
  try {
    await makeTemplate(server);
    const { sql, end } = await freshDatabase(server, 1);
    await storeManyPolls(sql, POLLS);
    const queries = await makeQueries(sql);
    const timed = await measure(sql, queries);
    const peer = await measurePeer(sql, queries);
    await end();
    return rows(timed, peer);
  } finally {
    await server.stop();
  }
}
