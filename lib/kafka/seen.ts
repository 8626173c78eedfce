import type { LogPosition } from '../domain/voteStatus.ts';

/** The progress of this process in each partition of a topic. */
export interface Seen {
  has(partition: number, position: LogPosition): boolean;
  /** Records that all records up to this position were handled. */
  note(partition: number, position: LogPosition): void;
  /** Records that this one was handled, before some of those before it. */
  noteOne(partition: number, position: LogPosition): void;
}

const keyOf = ({ appendTime, offset }: LogPosition) => `${appendTime} ${offset}`;

/** Avoids repeated side effects when a batch is retried. Memory only, so another process may still repeat
 * them. A rebuilt broker restarts its offsets, and a clock that was set back restarts the times: a record
 * ahead in either is new. */
export function createSeen(): Seen {
  const ends = new Map<number, LogPosition>();
  /** At most a batch of each partition. */
  const single = new Map<number, Set<string>>();
  const isBeforeEnd = (partition: number, position: LogPosition) => {
    const end = ends.get(partition);
    return end !== undefined && position.appendTime <= end.appendTime && position.offset <= end.offset;
  };
  return {
    has: (partition, position) =>
      isBeforeEnd(partition, position) || (single.get(partition)?.has(keyOf(position)) ?? false),
    note: (partition, end) => {
      single.delete(partition);
      if (!isBeforeEnd(partition, end)) ends.set(partition, end);
    },
    noteOne: (partition, position) => {
      single.set(partition, (single.get(partition) ?? new Set()).add(keyOf(position)));
    },
  };
}
