import type { LogPosition } from '../domain/voteStatus.ts';

/** How far this process has dealt with each partition of a topic. */
export interface Seen {
  has(partition: number, position: LogPosition): boolean;
  /** Up to here all was dealt with. */
  note(partition: number, position: LogPosition): void;
}

/** For what must not be done again when a batch comes again. Another process may do it once more: this is only a
 * memory. A broker that was rebuilt starts its offsets anew, and one whose clock was set back its times, so what
 * is behind in either is new. */
export function createSeen(): Seen {
  const ends = new Map<number, LogPosition>();
  const has = (partition: number, position: LogPosition) => {
    const end = ends.get(partition);
    return end !== undefined && position.appendTime <= end.appendTime && position.offset <= end.offset;
  };
  return {
    has,
    note: (partition, end) => {
      if (!has(partition, end)) ends.set(partition, end);
    },
  };
}
