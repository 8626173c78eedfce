import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

export interface NewConnection {
  id: string;
  shard: number;
}

export interface OpenedConnection extends NewConnection {
  /** False: it gets no leaderboard until it asks for one. */
  wantsBoard?: boolean;
}

/** Registers connections, which then wait for their first board if they want it. Safe to repeat. */
export async function insertConnections(sql: AnySql, connections: OpenedConnection[]): Promise<void> {
  const ids = textArray(connections.map(({ id }) => id));
  const shards = textArray(connections.map(({ shard }) => `${shard}`));
  const wishes = textArray(connections.map(({ wantsBoard = true }) => `${wantsBoard}`));
  await sql`
    insert into connections (connection_id, shard, wants_board, board_due_at)
    select connection_id, shard, wants_board, case when wants_board then now() end
    from unnest(${ids}::text[], ${shards}::smallint[], ${wishes}::boolean[])
      as given (connection_id, shard, wants_board)
    order by connection_id
    on conflict (connection_id) do nothing`;
}

export interface Connection {
  id: string;
  /** Since when it waits for the whole board, because it has none yet or missed a message; in Postgres' text format,
   * with microseconds. Null if it does not wait. */
  dueAt: string | null;
  /** Its `$connect` may still be running. Until `$connect` returns, posts to it fail as if it were gone. */
  isYoung: boolean;
}

/** The timeout of `$connect`. Both ends are measured by the Postgres clock. */
const YOUNG_SECONDS = 10;

/** Reads in about 20 ms and takes about 0.5 MB. */
export const CONNECTIONS_PAGE = 5_000;

/** What a shard's share of the default budget posts in a round. About 3 MB. */
const MAX_WAITING = 30_000;

const connectionColumns = (sql: AnySql) => sql`
  connection_id as id, board_due_at::text as "dueAt",
  connected_at > now() - ${YOUNG_SECONDS} * interval '1 second' as "isYoung"`;

/** Lists a shard's connections that wait for the whole board, those that waited longest first. Skips those that were
 * unreachable a moment ago.
 * @returns at most `MAX_WAITING`; the next round handles the rest */
export async function listWaitingConnections(sql: AnySql, shard: number): Promise<Connection[]> {
  return sql<Connection[]>`
    select ${connectionColumns(sql)} from connections
    where shard = ${shard} and wants_board and board_due_at <= now()
    order by board_due_at limit ${MAX_WAITING}::integer`;
}

/** Lists a shard's connections that have the last board, by id.
 * @param after the last id of the previous page
 * @returns at most `CONNECTIONS_PAGE` */
export async function listFollowers(sql: AnySql, shard: number, after = ''): Promise<Connection[]> {
  return sql<Connection[]>`
    select ${connectionColumns(sql)} from connections
    where shard = ${shard} and wants_board and connection_id > ${after} and board_due_at is null
    order by connection_id limit ${CONNECTIONS_PAGE}::integer`;
}

export async function countConnections(sql: AnySql): Promise<number> {
  const [row] = await sql<
    [{ connections: number }]
  >`select count(*)::integer as connections from connections`;
  return row.connections;
}

/** Deletes a closed connection.
 * @returns ids of the polls that it watched */
export async function deleteConnection(sql: AnySql, connectionId: string): Promise<string[]> {
  const [row] = await sql<[{ watched: string[] }]>`
    select watched from forget_connections(array[${connectionId}::text])`;
  return row.watched;
}

export async function deleteConnections(sql: AnySql, connectionIds: string[]): Promise<void> {
  await sql`select from forget_connections(${textArray(connectionIds)}::text[])`;
}
