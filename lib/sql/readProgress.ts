import type { LogPosition } from '../domain/voteStatus.ts';
import type { AnySql } from './client.ts';

export interface PartitionProgress extends LogPosition {
  partition: number;
}

/** How far each partition of `votes` was counted; a partition that never was is missing. */
export async function readProgress(sql: AnySql): Promise<PartitionProgress[]> {
  return sql<PartitionProgress[]>`
    select partition, append_time as "appendTime", log_offset as "offset"
    from partition_progress order by partition`;
}
