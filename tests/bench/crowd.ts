/** One tick of a poll that 100,000 connections watch, in four shards, with some of them gone, throttled and slow:
 * the time until all reachable connections got it, and the load on Postgres. */
import type { ChildProcess } from 'node:child_process';
import { createPaces } from '../../lib/concurrency/pacing.ts';
import type { NewPoll } from '../../lib/domain/poll.ts';
import { broadcastPolls } from '../../lib/realtime/broadcastPolls.ts';
import { readPollSnapshots } from '../../lib/realtime/pollSnapshots.ts';
import { createFanOuts, type FanOut } from '../../lib/realtime/post/fanOut.ts';
import { createPoster } from '../../lib/realtime/post/postToConnection.ts';
import type { Sql } from '../../lib/sql/client.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { saveFirstSentPoll } from '../../lib/sql/watchedPolls.ts';
import { freshDatabase, makeTemplate } from '../support/database/database.ts';
import { databaseOn } from '../support/database/databaseOn.ts';
import { batchOf, someBallot, somePoll } from '../support/database/polls.ts';
import { startPostgres } from '../support/servers/servers.ts';
import { forkLoad, hear } from './load/run.ts';
import type { BenchRow } from './row.ts';
import { percentile } from './statistics.ts';

const CONNECTIONS = 100_000;
const SHARDS = 4;
const POSTS_PER_SECOND = 8_000;
/** Without posts, to measure the load on Postgres alone. */
const TICKS = 10;
const HEALTHY = CONNECTIONS * 0.98;
const GOAL_RATIO = 1.2;
const GOAL_MB = 256;
const CREDENTIALS = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'x'.repeat(800) };

const shards = Array.from({ length: SHARDS }, (_, shard) => shard);

async function gatherCrowd(sql: Sql): Promise<NewPoll> {
  const poll = await somePoll(sql, { size: 4 });
  await sql`
    insert into connections (connection_id, shard, connected_at, board_due_at)
    -- By hundreds, each of which has one of every kind.
    select 'c' || n, n / 100 % ${SHARDS}::integer, now() - interval '1 hour', null
    from generate_series(0, ${CONNECTIONS - 1}::integer) as n`;
  await sql`
    insert into subscriptions (connection_id, poll_id, shard, has_voted)
    select connection_id, ${poll.id}::uuid, shard, false from connections`;
  await sql`analyze`;
  const [viewed] = await readPollSnapshots(sql, [poll.id], { postsPerSecond: POSTS_PER_SECOND });
  if (!viewed) throw new Error('There is no poll.');
  for (const shard of shards) await saveFirstSentPoll(sql, shard, viewed.present);
  return poll;
}

async function secondsFor(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

/** Counts all connections as reached. */
const reachAll: FanOut = async (deliveries) => {
  let delivered = 0;
  for await (const _ of deliveries) delivered += 1;
  return { delivered, gone: [], missed: [], retries: 0 };
};

/** A tick of all shards, one after the other, without its posts: what Postgres has to do for it. */
async function tickSeconds(sql: Sql, poll: NewPoll): Promise<number> {
  await tallyBallots(sql, batchOf([someBallot(poll)]));
  return secondsFor(async () => {
    for (const shard of shards)
      await broadcastPolls(databaseOn(sql), reachAll, shard, [poll.id], {
        postsPerSecond: POSTS_PER_SECOND,
        tickMs: 0,
      });
  });
}

/** Looks at the memory now and then. */
function watchMemory(): () => number {
  let most = 0;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    look();
    return most / 2 ** 20;
  };
}

interface Posted {
  seconds: number;
  reached: number;
  megabytes: number;
}

function rows(tick: number, { seconds, reached, megabytes }: Posted): BenchRow[] {
  const allowed = CONNECTIONS / POSTS_PER_SECOND;
  return [
    {
      name: `a message to ${CONNECTIONS} connections`,
      value: seconds,
      unit: 's',
      ratio: seconds / allowed,
      of: 'what the budget allows',
      goal: `≤ ${GOAL_RATIO}`,
      met: seconds <= GOAL_RATIO * allowed,
    },
    {
      name: 'healthy connections reached',
      value: reached,
      unit: 'connections',
      goal: `${HEALTHY}`,
      met: reached >= HEALTHY,
    },
    {
      name: 'memory, four shards in one process',
      value: megabytes,
      unit: 'MB',
      goal: `≤ ${GOAL_MB}`,
      met: megabytes <= GOAL_MB,
    },
    { name: `a tick without its posts, ${CONNECTIONS} subscriptions`, value: tick * 1_000, unit: 'ms' },
  ];
}

async function post(sql: Sql, connections: ChildProcess): Promise<Posted> {
  const port = await hear<number>(connections);
  const poll = await gatherCrowd(sql);
  await tallyBallots(sql, batchOf([someBallot(poll)]));
  const endpoint = `http://127.0.0.1:${port}/prod`;
  const poster = createPoster({ endpoint, region: 'eu-west-1', credentials: CREDENTIALS });
  const paceOf = createPaces(POSTS_PER_SECOND, SHARDS);
  const mostMemory = watchMemory();
  const seconds = await secondsFor(() =>
    Promise.all(
      shards.map((shard) => {
        // With its own bound on posts in flight, as on Lambda.
        const fanOut = createFanOuts(poster)(paceOf(shard));
        return broadcastPolls(databaseOn(sql), fanOut, shard, [poll.id], {
          postsPerSecond: POSTS_PER_SECOND,
          tickMs: 0,
        });
      }),
    ),
  );
  const megabytes = mostMemory();
  return { seconds, reached: await hear<number>(connections, 'How many were reached?'), megabytes };
}

async function tick(sql: Sql): Promise<number> {
  const poll = await gatherCrowd(sql);
  const ticks: number[] = [];
  while (ticks.length < TICKS) ticks.push(await tickSeconds(sql, poll));
  return percentile(ticks, 0.5);
}

export default async function crowd(): Promise<BenchRow[]> {
  const connections = forkLoad('crowdServer.ts');
  const server = await startPostgres();
  try {
    await makeTemplate(server);
    const first = await freshDatabase(server);
    const posted = await post(first.sql, connections);
    await first.end();
    const second = await freshDatabase(server);
    const seconds = await tick(second.sql);
    await second.end();
    return rows(seconds, posted);
  } finally {
    connections.disconnect();
    await server.stop();
  }
}
