/** The number of posts grows with ticks and watchers, not with votes: the same time of voting at two rates, and with half
 * of the watchers, with a server in the place of @connections that counts. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { somePoll } from '../support/database/polls.ts';
import { type System, startSystem } from '../support/system/system.ts';
import type { Handed } from './data/delays.ts';
import { untilCounted } from './data/untilCounted.ts';
import { forkLoad, hear, runLoad } from './load/run.ts';
import type { BenchRow } from './row.ts';

const WATCHERS = 2_000;
const SECONDS = 10;
const RATES = { low: 1_000, high: 10_000 };
/** With two messages to each watcher in a round, one of the poll and one of the board, a round takes half a second. */
const POSTS_PER_SECOND = 8_000;
const MESSAGES = 2;
/** Longer than a round takes. */
const QUIET_MS = 2_000;
const TOLERANCE = 0.1;

const { votesPartitions, standingsPartitions: shards } = kafkaConfig({ KAFKA_BROKERS: 'embedded' });

interface Phase {
  watchers: number;
  votes: number;
  posts: number;
  /** Rounds of single shards; each has its share of the watchers. */
  rounds: number;
}

/** Subscribes this many watchers to a new poll, and to nothing else. */
async function gatherWatchers(sql: Sql, watchers: number): Promise<string> {
  await sql`delete from polls`;
  await sql`truncate connections, subscriptions, watched_polls`;
  const poll = await somePoll(sql, { size: votesPartitions });
  await sql`
    insert into connections (connection_id, shard, connected_at, board_due_at)
    select 'c' || n, n % ${shards}::integer, now() - interval '1 hour', null
    from generate_series(0, ${watchers - 1}::integer) as n`;
  await sql`
    insert into subscriptions (connection_id, poll_id, shard, has_voted)
    select connection_id, ${poll.id}::uuid, shard, false from connections`;
  return poll.id;
}

/** Rounds that had a new board to send, which all rounds have in which votes are counted. */
async function countRounds(sql: Sql): Promise<number> {
  const [row] = await sql<
    [{ rounds: number }]
  >`select coalesce(sum(version), 0)::bigint as rounds from boards`;
  return row.rounds;
}

async function postsWhenQuiet(connections: ChildProcess): Promise<number> {
  for (let before = -1; ; ) {
    const posts = await hear<number>(connections, 'How many posts?');
    if (posts === before) return posts;
    before = posts;
    await delay(QUIET_MS);
  }
}

async function measure(
  { system, sql, connections }: { system: System; sql: Sql; connections: ChildProcess },
  watchers: number,
  votesPerSecond: number,
): Promise<Phase> {
  const pollId = await gatherWatchers(sql, watchers);
  const [postsBefore, roundsBefore] = [await postsWhenQuiet(connections), await countRounds(sql)];
  const where = [`127.0.0.1:${system.ports.kafka}`, pollId, votesPartitions];
  const handed = await runLoad<Handed[][]>('produceVotes.ts', ...where, votesPerSecond, SECONDS);
  const votes = handed.flat().reduce((sum, batch) => sum + batch.votes, 0);
  await untilCounted(sql, pollId, votes);
  const posts = (await postsWhenQuiet(connections)) - postsBefore;
  return { watchers, votes, posts, rounds: (await countRounds(sql)) - roundsBefore };
}

function within(ratio: number, goal: number): Pick<BenchRow, 'goal' | 'met'> {
  return { goal: `${goal} ± ${TOLERANCE * 100} %`, met: Math.abs(ratio / goal - 1) <= TOLERANCE };
}

function rows(low: Phase, high: Phase, half: Phase): BenchRow[] {
  const perRound = ({ posts, rounds }: Phase) => posts / rounds;
  const product = ({ posts, rounds, watchers }: Phase) => posts / ((rounds * watchers) / shards);
  const posted = (phase: Phase, of: Phase, goal: number): BenchRow => {
    const ratio = phase.posts / of.posts;
    const name = `${phase.watchers} watch ${phase.votes} votes in ${SECONDS} s`;
    return { name, value: phase.posts, unit: 'posts', ratio, of: `with ${of.votes}`, ...within(ratio, goal) };
  };
  const halved = perRound(half) / perRound(high);
  return [
    { name: `${low.watchers} watch ${low.votes} votes in ${SECONDS} s`, value: low.posts, unit: 'posts' },
    posted(high, low, 1),
    { name: "a shard's round", value: perRound(high), unit: 'posts' },
    {
      name: `a shard's round, ${half.watchers} watch`,
      value: perRound(half),
      unit: 'posts',
      ratio: halved,
      of: `with ${high.watchers}`,
      ...within(halved, half.watchers / high.watchers),
    },
    ...[low, high, half].map((phase) => ({
      name: `${phase.watchers} watch ${phase.votes} votes: posts by round and watcher`,
      value: product(phase),
      unit: 'posts',
      ...within(product(phase), MESSAGES),
    })),
  ];
}

async function measureAll(system: System, connections: ChildProcess): Promise<BenchRow[]> {
  const sql = connect(postgresConfig({ POSTGRES_PORT: `${system.ports.postgres}` }));
  try {
    const means = { system, sql, connections };
    const low = await measure(means, WATCHERS, RATES.low);
    const high = await measure(means, WATCHERS, RATES.high);
    const half = await measure(means, WATCHERS / 2, RATES.high);
    return rows(low, high, half);
  } finally {
    await sql.end();
    await system.stop();
  }
}

export default async function ticks(): Promise<BenchRow[]> {
  const connections = forkLoad('okServer.ts');
  try {
    const port = await hear<number>(connections);
    const system = await startSystem({
      POSTS_PER_SECOND: `${POSTS_PER_SECOND}`,
      WEBSOCKET_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    return await measureAll(system, connections);
  } finally {
    connections.disconnect();
  }
}
