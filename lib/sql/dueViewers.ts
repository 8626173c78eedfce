import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';
import { CONNECTIONS_PAGE, type Connection } from './connections.ts';
import type { Subscriber } from './subscriptions.ts';

/** Schedules the whole poll for these subscriptions. */
export async function setPollsDue(
  sql: AnySql,
  subscriptions: { connectionId: string; pollId: string }[],
  seconds: number,
): Promise<void> {
  const connectionIds = textArray(subscriptions.map(({ connectionId }) => connectionId));
  const pollIds = textArray(subscriptions.map(({ pollId }) => pollId));
  await sql`
    with watching as materialized (
      select connection_id, poll_id
      from subscriptions join unnest(${connectionIds}::text[], ${pollIds}::uuid[]) as given (connection_id, poll_id)
        using (connection_id, poll_id)
      order by connection_id, poll_id for no key update of subscriptions
    )
    update subscriptions set due_at = now() + ${seconds}::float8 * interval '1 second'
    from watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id`;
}

/** Removes what is scheduled for these subscriptions, except those that are due at another time than was listed. */
export async function clearPollsDue(
  sql: AnySql,
  subscriptions: Pick<Subscriber, 'connectionId' | 'pollId' | 'dueAt'>[],
): Promise<void> {
  const connectionIds = textArray(subscriptions.map(({ connectionId }) => connectionId));
  const pollIds = textArray(subscriptions.map(({ pollId }) => pollId));
  const times = textArray(subscriptions.map(({ dueAt }) => `${dueAt}`));
  await sql`
    with reached as materialized (
      select connection_id, poll_id
      from subscriptions
        join unnest(${connectionIds}::text[], ${pollIds}::uuid[], ${times}::timestamptz[])
          as given (connection_id, poll_id, due_at) using (connection_id, poll_id, due_at)
      order by connection_id, poll_id for no key update of subscriptions
    )
    update subscriptions set due_at = null
    from reached
    where subscriptions.connection_id = reached.connection_id and subscriptions.poll_id = reached.poll_id`;
}

/** Schedules the whole board for these connections. */
export async function setBoardDue(sql: AnySql, connectionIds: string[], seconds: number): Promise<void> {
  await sql`
    with listening as materialized (
      select connection_id from connections where connection_id = any(${textArray(connectionIds)}::text[])
      order by connection_id for no key update
    )
    update connections set board_due_at = now() + ${seconds}::float8 * interval '1 second'
    from listening where connections.connection_id = listening.connection_id`;
}

/** Removes what is scheduled for these connections, except those that are due at another time than was listed. */
export async function clearBoardDue(
  sql: AnySql,
  connections: Pick<Connection, 'id' | 'dueAt'>[],
): Promise<void> {
  const ids = textArray(connections.map(({ id }) => id));
  const times = textArray(connections.map(({ dueAt }) => `${dueAt}`));
  await sql`
    with reached as materialized (
      select connection_id
      from connections join unnest(${ids}::text[], ${times}::timestamptz[]) as given (connection_id, board_due_at)
        using (connection_id, board_due_at)
      order by connection_id for no key update of connections
    )
    update connections set board_due_at = null
    from reached where connections.connection_id = reached.connection_id`;
}

/** Makes the whole board due for connections of a shard that have the last one.
 * @param after the ids before and at this one stay as they are
 * @returns the number of connections, at most `CONNECTIONS_PAGE` */
export async function makeFollowersDue(sql: AnySql, shard: number, after: string): Promise<number> {
  const { count } = await sql`
    with missed as materialized (
      select connection_id from connections
      where shard = ${shard} and wants_board and connection_id > ${after} and board_due_at is null
      order by connection_id limit ${CONNECTIONS_PAGE}::integer for no key update
    )
    update connections set board_due_at = now()
    from missed where connections.connection_id = missed.connection_id`;
  return count;
}
