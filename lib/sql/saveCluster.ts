import type { AnySql } from './client.ts';

/** Notes on which cluster the topics are. That may change: a broker that is rebuilt is another cluster.
 * @returns where they were, if that was elsewhere */
export async function saveCluster(sql: AnySql, clusterId: string): Promise<string | undefined> {
  const [former] = await sql<{ cluster_id: string | null }[]>`
    with former as materialized (select cluster_id from topic_set for update)
    update topic_set set cluster_id = ${clusterId} from former
    where former.cluster_id is distinct from ${clusterId}
    returning former.cluster_id`;
  return former?.cluster_id ?? undefined;
}
