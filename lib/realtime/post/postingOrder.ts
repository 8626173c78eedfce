import { monotonicMs } from '../../clock.ts';

/** Orders items so that each connection's first comes before any connection's second: a connection with many
 * subscriptions does not delay those with one. Otherwise the order stays. */
export function inTurns<T extends { connectionId: string }>(items: T[]): T[] {
  const turns: T[][] = [];
  const counts = new Map<string, number>();
  for (const item of items) {
    const turn = counts.get(item.connectionId) ?? 0;
    counts.set(item.connectionId, turn + 1);
    turns[turn] ??= [];
    turns[turn].push(item);
  }
  return turns.flat();
}

/** Passes items on until the deadline.
 * @param deadline of the monotonic clock
 * @param late receives the items that are left then */
export function* untilDeadline<T>(items: Iterable<T>, deadline: number, late: T[]): Iterable<T> {
  for (const item of items) {
    if (monotonicMs() < deadline) yield item;
    else late.push(item);
  }
}

/** The deadline of the next part if the time that is left is divided evenly.
 * @param parts at least 1 */
export function shareOfTime(deadline: number, parts: number): number {
  const now = monotonicMs();
  return now + (deadline - now) / parts;
}
