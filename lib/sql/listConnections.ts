import type { AnySql } from './client.ts';

export interface Connection {
  id: string;
  /** It has no board yet, or missed a message, and gets the whole board. */
  awaitsBoard: boolean;
  /** Its `$connect` may still be running. Until that has returned, a post is answered as if it were gone. */
  isYoung: boolean;
}

/** As long as `$connect` may run at most, the function's timeout; by Postgres' clock at both ends. */
export const YOUNG_SECONDS = 10;

/** Everybody of a shard but those who were not reachable a moment ago. */
export async function listConnections(sql: AnySql, shard: number): Promise<Connection[]> {
  return sql<Connection[]>`
    select
      connection_id as id,
      board_due_at is not null as "awaitsBoard",
      connected_at > now() - ${YOUNG_SECONDS} * interval '1 second' as "isYoung"
    from connections
    where shard = ${shard} and (board_due_at is null or board_due_at <= now())`;
}

/** Those of a shard who wait for the whole board, where nobody else needs word. */
export async function listAwaitingConnections(sql: AnySql, shard: number): Promise<Connection[]> {
  return sql<Connection[]>`
    select
      connection_id as id,
      true as "awaitsBoard",
      connected_at > now() - ${YOUNG_SECONDS} * interval '1 second' as "isYoung"
    from connections
    where shard = ${shard} and board_due_at <= now()`;
}
