import { monotonicMs } from '../../clock.ts';
import type { TryToDisconnect } from './disconnect.ts';
import { type Delivery, type FanOut, type FanOutResult, RETRY_AFTER_MISS_SECONDS } from './fanOut.ts';

/** A viewer who misses this many messages in a row is disconnected: 10 seconds without a message. */
const MAX_MISSES = 3;
/** A round has several messages for a viewer, and misses all of them or none. */
const MIN_MISS_INTERVAL_MS = (RETRY_AFTER_MISS_SECONDS * 1_000) / 2;
/** About 1 MB. The oldest are forgotten first. */
const MAX_TRACKED = 10_000;
/** The limit of each fan-out; the other viewers are disconnected after their next miss. */
const MAX_DISCONNECTS = 100;

interface Misses {
  count: number;
  lastAt: number;
}

/** If many viewers miss a message, the account is throttled or API Gateway fails. Disconnecting them would add a
 * wave of reconnects. */
function isOutage({ delivered, gone, missed }: FanOutResult): boolean {
  return missed.length > Math.max(10, (delivered + gone.length + missed.length) / 10);
}

/** The misses in a row of each viewer, by connection id. */
class MissCounts {
  readonly #known = new Map<string, Misses>();

  has(connectionId: string): boolean {
    return this.#known.has(connectionId);
  }

  forget(connectionId: string): void {
    this.#known.delete(connectionId);
  }

  /** @returns whether the viewer has missed too many messages */
  note(connectionId: string, now: number): boolean {
    const { count, lastAt } = this.#known.get(connectionId) ?? { count: 0, lastAt: Number.NEGATIVE_INFINITY };
    if (now - lastAt >= MIN_MISS_INTERVAL_MS) {
      this.#known.delete(connectionId);
      this.#known.set(connectionId, { count: count + 1, lastAt: now });
    }
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_TRACKED && oldest !== undefined) this.#known.delete(oldest);
    return (this.#known.get(connectionId)?.count ?? 0) >= MAX_MISSES;
  }
}

/** Wraps fan-outs: disconnects viewers who miss messages repeatedly, and reports them as gone. Their clients reconnect
 * and get the current state.
 * @returns a function that wraps a fan-out; all wrapped ones share the counts */
export function createSlowViewers(
  disconnect: TryToDisconnect,
  now = monotonicMs,
): (fanOut: FanOut) => FanOut {
  const missing = new MissCounts();

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
    if (isOutage(result)) return [];
    // A refused post is the message's fault, not the viewer's.
    const slow = result.missed.filter(({ reason }) => reason !== 'refused' && reason !== 'gone');
    const ids = [...new Set(slow.map(({ connectionId }) => connectionId))];
    return ids.filter((id) => missing.note(id, now())).slice(0, MAX_DISCONNECTS);
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
