import { once } from 'node:events';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { PostgresConfig } from '../../../lib/config.ts';
import type { BenchVote } from './votes.ts';

/** The cost of a poll that is counted with plain SQL, for comparison. */
export async function connectPlain({
  host,
  port,
  user,
  password,
  database,
}: PostgresConfig): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user, password: password ?? '', database });
  await client.connect();
  return client;
}

/** An ordinary table of votes, empty, and two of counters. */
export async function makePlainTables(client: pg.Client): Promise<void> {
  await client.query(`
    drop table if exists plain_votes, plain_polls, plain_totals, plain_tallies;
    create table plain_votes (poll_id uuid, user_id text, option_id uuid, primary key (poll_id, user_id));
    create table plain_polls (poll_id uuid primary key, expired_at timestamptz not null);
    create table plain_totals (poll_id uuid primary key, votes bigint not null);
    create table plain_tallies (option_id uuid primary key, votes bigint not null)`);
}

/** The fastest that rows go in: nothing is checked but the key, nothing is counted. */
export async function copyVotes(client: pg.Client, votes: BenchVote[]): Promise<void> {
  const rows = votes.map(({ pollId, userId, optionId }) => `${pollId}\t${userId}\t${optionId}\n`);
  const stream = client.query(copyFrom('copy plain_votes from stdin'));
  stream.end(rows.join(''));
  await once(stream, 'finish');
}

/** Votes per second as votes are often counted: each in a transaction of its own, in eight round trips, over one
 * connection. */
export async function measureStepByStep(config: PostgresConfig, votes: BenchVote[]): Promise<number> {
  const client = await connectPlain(config);
  await makePlainTables(client);
  const pollIds = [...new Set(votes.map(({ pollId }) => pollId))];
  await client.query(
    `insert into plain_polls select id, now() + interval '1 hour' from unnest($1::uuid[]) id`,
    [pollIds],
  );
  const startedAt = performance.now();
  for (const vote of votes) await countStepByStep(client, vote);
  const seconds = (performance.now() - startedAt) / 1_000;
  await client.end();
  return votes.length / seconds;
}

async function countStepByStep(client: pg.Client, { pollId, userId, optionId }: BenchVote): Promise<void> {
  const run = (name: string, text: string, values: string[]) => client.query({ name, text, values });
  await client.query('begin');
  await run('poll', 'select expired_at from plain_polls where poll_id = $1 for update', [pollId]);
  await run('voted', 'select from plain_votes where poll_id = $1 and user_id = $2', [pollId, userId]);
  await run('vote', 'insert into plain_votes values ($1, $2, $3)', [pollId, userId, optionId]);
  const upsert = (table: string, key: string) =>
    `insert into ${table} values ($1, 1) on conflict (${key}) do update set votes = ${table}.votes + 1`;
  await run('total', upsert('plain_totals', 'poll_id'), [pollId]);
  await run('tally', upsert('plain_tallies', 'option_id'), [optionId]);
  await run('read', 'select votes from plain_tallies where option_id = $1', [optionId]);
  await client.query('commit');
}
