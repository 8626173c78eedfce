import type { AnySql } from './client.ts';
import type { NewConnection } from './insertConnections.ts';

/** Old enough to be told to come back, and young enough to hear it before API Gateway ends them at two hours. */
const AGING_MINUTES = 110;
/** Some 0.25 MB of messages. */
export const AGING_PAGE = 2_000;

/** The oldest connections near their end that have not been told yet, `AGING_PAGE` at most. */
export async function listAgingConnections(sql: AnySql): Promise<NewConnection[]> {
  return sql<NewConnection[]>`
    select connection_id as id, shard from connections
    where connected_at < now() - ${AGING_MINUTES}::integer * interval '1 minute' and not is_told_to_reconnect
    order by connected_at limit ${AGING_PAGE}::integer`;
}
