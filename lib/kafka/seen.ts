import type { LogPosition } from '../domain/voteStatus.ts';

/** How far this process has dealt with each partition of a topic. */
export interface Seen {
  has(partition: number, position: LogPosition): boolean;
  /** Up to here all was dealt with. */
  note(partition: number, position: LogPosition): void;
}

const isLater = (one: LogPosition, other: LogPosition) =>
  one.appendTime > other.appendTime || (one.appendTime === other.appendTime && one.offset > other.offset);

/** For what must not be done again when a batch comes again. Another process may do it once more: this is only a
 * memory, and a broker that was rebuilt starts its offsets anew, so time counts first. */
export function createSeen(): Seen {
  const ends = new Map<number, LogPosition>();
  const has = (partition: number, position: LogPosition) => {
    const end = ends.get(partition);
    return end !== undefined && !isLater(position, end);
  };
  return {
    has,
    note: (partition, { appendTime, offset }) => {
      if (!has(partition, { appendTime, offset })) ends.set(partition, { appendTime, offset });
    },
  };
}
