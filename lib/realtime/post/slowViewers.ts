import { monotonicMs } from '../../clock.ts';
import type { TryToDisconnect } from './disconnect.ts';
import { type Delivery, type FanOut, type FanOutResult, RETRY_AFTER_MISS_SECONDS } from './fanOut.ts';

/** So often in a row a viewer misses its message before it is disconnected: 10 seconds without any. */
const MOST_MISSES = 3;
/** A round has several messages for a viewer, and misses all of them or none. */
const MISSES_APART_MS = (RETRY_AFTER_MISS_SECONDS * 1_000) / 2;
/** About 1 MB. The oldest are forgotten first. */
const MOST_KNOWN = 10_000;
/** For each fan-out; the others have their turn after their next miss. */
const MOST_AT_ONCE = 100;

interface Misses {
  count: number;
  lastAt: number;
}

/** When so many miss a message, it is not because of them: the account is throttled, or API Gateway is in trouble. To
 * disconnect them would add their reconnecting to that. */
function isGeneral({ delivered, gone, missed }: FanOutResult): boolean {
  return missed.length > Math.max(10, (delivered + gone.length + missed.length) / 10);
}

/** Who missed messages lately, by connection id. */
class Missing {
  readonly #known = new Map<string, Misses>();

  has(connectionId: string): boolean {
    return this.#known.has(connectionId);
  }

  forget(connectionId: string): void {
    this.#known.delete(connectionId);
  }

  /** @returns whether it was one too many */
  note(connectionId: string, now: number): boolean {
    const { count, lastAt } = this.#known.get(connectionId) ?? { count: 0, lastAt: Number.NEGATIVE_INFINITY };
    if (now - lastAt >= MISSES_APART_MS) {
      this.#known.delete(connectionId);
      this.#known.set(connectionId, { count: count + 1, lastAt: now });
    }
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return (this.#known.get(connectionId)?.count ?? 0) >= MOST_MISSES;
  }
}

/** Wraps fan-outs: a viewer that misses its messages again and again is disconnected, and is then among those that are
 * gone. Its client connects again and sees the present, where it would lag behind by what others' posts leave it.
 * @returns a function from a fan-out to one that disconnects; all share what is known of their viewers */
export function createSlowViewers(
  disconnect: TryToDisconnect,
  now = monotonicMs,
): (fanOut: FanOut) => FanOut {
  const missing = new Missing();

  async function* noting(
    deliveries: Iterable<Delivery> | AsyncIterable<Delivery>,
    known: Set<string>,
  ): AsyncIterable<Delivery> {
    for await (const delivery of deliveries) {
      if (missing.has(delivery.connectionId)) known.add(delivery.connectionId);
      yield delivery;
    }
  }

  function tooSlow(result: FanOutResult): string[] {
    if (isGeneral(result)) return [];
    // A refused message is at fault itself.
    const slow = result.missed.filter(({ reason }) => reason !== 'refused' && reason !== 'gone');
    const ids = [...new Set(slow.map(({ connectionId }) => connectionId))];
    return ids.filter((id) => missing.note(id, now())).slice(0, MOST_AT_ONCE);
  }

  return (fanOut) => async (deliveries) => {
    const known = new Set<string>();
    const result = await fanOut(noting(deliveries, known));
    const failed = new Set(result.missed.map(({ connectionId }) => connectionId));
    for (const id of known) if (!failed.has(id)) missing.forget(id);
    const ended = new Set(await disconnect(tooSlow(result)));
    for (const id of ended) missing.forget(id);
    if (ended.size === 0) return result;
    const missed = result.missed.filter(({ connectionId }) => !ended.has(connectionId));
    return { ...result, missed, gone: [...result.gone, ...ended] };
  };
}
