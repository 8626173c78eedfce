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

/** Read in some 20 ms, and some 0.5 MB. */
export const CONNECTIONS_PAGE = 5_000;

/** Everybody of a shard but those who were not reachable a moment ago, in the order of their ids.
 * @param isForWaiting those alone who wait for the whole board, where nobody else needs word
 * @param after the last id of the page before
 * @returns the next, `CONNECTIONS_PAGE` at most */
export async function listConnections(
  sql: AnySql,
  shard: number,
  isForWaiting: boolean,
  after = '',
): Promise<Connection[]> {
  return sql<Connection[]>`
    select
      connection_id as id,
      board_due_at is not null as "awaitsBoard",
      connected_at > now() - ${YOUNG_SECONDS} * interval '1 second' as "isYoung"
    from connections
    where shard = ${shard} and connection_id > ${after}
      and (board_due_at <= now() ${isForWaiting ? sql`` : sql`or board_due_at is null`})
    order by connection_id limit ${CONNECTIONS_PAGE}::integer`;
}
