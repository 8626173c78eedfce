/** How long a vote takes to be seen: from the log to 1,000 connections that watch its poll, and over WebSocket from the
 * vote to the word that it counts. Everything runs on this machine: the emulator, the servers and the load. */
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { createPoster } from '../../lib/realtime/post/postToConnection.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { somePoll } from '../support/database/polls.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { type Delays, delaysOf, type Handed } from './data/delays.ts';
import { untilCounted } from './data/untilCounted.ts';
import { forkLoad, hear, runLoad } from './load/run.ts';
import type { VotedByWebSocket } from './load/voteByWebSocket.ts';
import type { Watched } from './load/watchPoll.ts';
import type { BenchRow } from './row.ts';
import { percentile } from './statistics.ts';

const WATCHERS = 1_000;
const VOTES_PER_SECOND = 20_000;
const WARM_UP_SECONDS = 5;
const SECONDS = 10;
const GOAL_MS = 250;
/** More than the emulator takes, so that no budget holds the ticks back. */
const POSTS_PER_SECOND = 1_000_000;

const VOTERS = 100;
const FRAMES_PER_SECOND = 500;

const IN_FLIGHT = 64;
const ALONE_MS = 3_000;

const { votesPartitions } = kafkaConfig({ KAFKA_BROKERS: 'embedded' });
const webSocketPort = ({ wsUrl }: System) => new URL(wsUrl).port;

/** Posts a second that the emulator passes on to as many connections, with nothing else to do. */
async function postAlone(sql: Sql, system: System): Promise<number> {
  const connections = await sql<{ connection_id: string }[]>`select connection_id from connections`;
  const endpoint = `http://localhost:${webSocketPort(system)}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: undefined };
  const post = createPoster({ endpoint, region: 'us-east-1', credentials });
  const payload = Buffer.from(JSON.stringify({ type: 'PONG', padding: 'x'.repeat(300) }));
  const begun = performance.now();
  let posts = 0;
  const sender = async () => {
    while (performance.now() - begun < ALONE_MS) {
      const { connection_id = '' } = connections[posts++ % connections.length] ?? {};
      const outcome = await post(connection_id, payload);
      if (outcome !== 'delivered') throw new Error(`A post was ${outcome}.`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  return (posts * 1_000) / (performance.now() - begun);
}

interface Seen {
  delays: Delays;
  /** To each that watches, on average. */
  updatesPerSecond: number;
  /** To all together, boards included. */
  messagesPerSecond: number;
}

function judge(watched: Watched, handed: Handed[][]): Seen {
  const since = Math.min(...handed.map(([first]) => first?.at ?? 0)) + WARM_UP_SECONDS * 1_000;
  const until = since + SECONDS * 1_000;
  const isWithin = (ms: number) => ms >= since && ms < until;
  const updates = watched.heard.flat().filter((value, at) => at % 2 === 1 && isWithin(value)).length;
  const messages = Object.entries(watched.messages).filter(([second]) => isWithin(Number(second) * 1_000));
  return {
    delays: delaysOf(watched, handed, since),
    updatesPerSecond: updates / WATCHERS / SECONDS,
    messagesPerSecond: messages.reduce((sum, [, count]) => sum + count, 0) / messages.length,
  };
}

async function watchVotes(system: System, sql: Sql): Promise<Seen & { alonePerSecond: number }> {
  const poll = await somePoll(sql, { size: votesPartitions });
  const watchers = forkLoad('watchPoll.ts', webSocketPort(system), poll.id, WATCHERS);
  try {
    await hear(watchers);
    const where = [`127.0.0.1:${system.ports.kafka}`, poll.id, votesPartitions];
    const handed = await runLoad<Handed[][]>(
      'produceVotes.ts',
      ...[...where, VOTES_PER_SECOND, WARM_UP_SECONDS + SECONDS],
    );
    const votes = handed.flat().reduce((sum, batch) => sum + batch.votes, 0);
    await untilCounted(sql, poll.id, votes);
    const watched = await hear<Watched>(watchers, votes);
    return { ...judge(watched, handed), alonePerSecond: await postAlone(sql, system) };
  } finally {
    watchers.disconnect();
  }
}

async function voteByWebSocket(system: System, sql: Sql): Promise<VotedByWebSocket> {
  const { id, options } = await somePoll(sql);
  const ballot = [webSocketPort(system), id, options[0]?.id ?? ''];
  const vote = (seconds: number) =>
    runLoad<VotedByWebSocket>('voteByWebSocket.ts', ...ballot, VOTERS, FRAMES_PER_SECOND, seconds);
  await vote(WARM_UP_SECONDS);
  return vote(SECONDS);
}

function watchingRows({
  delays,
  updatesPerSecond,
  messagesPerSecond,
  alonePerSecond,
}: Awaited<ReturnType<typeof watchVotes>>): BenchRow[] {
  const p99 = delays.percentile(0.99);
  const goal = { goal: `≤ ${GOAL_MS} ms`, met: p99 <= GOAL_MS };
  // A poll's update and a board's to each of them, at the rate of the emulator when it does nothing else.
  const roundMs = (2 * WATCHERS * 1_000) / alonePerSecond;
  return [
    {
      name: `vote to POLL_UPDATE, ${WATCHERS} watch ${VOTES_PER_SECOND} votes/s, p50`,
      value: delays.percentile(0.5),
      unit: 'ms',
    },
    {
      name: 'vote to POLL_UPDATE, p99',
      value: p99,
      unit: 'ms',
      ratio: p99 / roundMs,
      of: "a round's posts alone",
      ...goal,
    },
    { name: "a round's posts alone: an update and a board to each", value: roundMs, unit: 'ms' },
    { name: 'updates to each of them', value: updatesPerSecond, unit: '1/s' },
    { name: "emulator's @connections alone", value: alonePerSecond, unit: 'posts/s' },
    {
      name: 'posts to all of them, boards included',
      value: messagesPerSecond,
      unit: 'posts/s',
      ratio: messagesPerSecond / alonePerSecond,
      of: '@connections alone',
    },
  ];
}

function votingRows({ accepted, counted }: VotedByWebSocket): BenchRow[] {
  const unit = 'ms';
  return [
    {
      name: `vote frame to accepted, ${FRAMES_PER_SECOND}/s over ${VOTERS} connections, p50`,
      value: percentile(accepted, 0.5),
      unit,
    },
    { name: 'vote frame to accepted, p99', value: percentile(accepted, 0.99), unit },
    { name: 'vote frame to counted, p50', value: percentile(counted, 0.5), unit },
    { name: 'vote frame to counted, p99', value: percentile(counted, 0.99), unit },
  ];
}

export default async function live(): Promise<BenchRow[]> {
  const system = await startSystem({ POSTS_PER_SECOND: `${POSTS_PER_SECOND}` });
  const sql = connect(
    postgresConfig({ POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${system.ports.postgres}` }),
  );
  try {
    const voted = await voteByWebSocket(system, sql);
    return [...watchingRows(await watchVotes(system, sql)), ...votingRows(voted)];
  } finally {
    await sql.end();
    await system.stop();
  }
}
