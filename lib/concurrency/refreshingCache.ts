import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { outages } from '../outages.ts';

export interface CacheLimits {
  /** A value younger than this is served without asking. */
  freshMs: number;
  /** How long a caller waits for a fresh value when an old one is at hand. */
  refreshPatienceMs: number;
  maxEntries: number;
}

/** Throws what the load throws, if there is no old value or it must be fresh.
 * @param mustBeFresh for a value whose load begins after this call */
export type Find<V> = (key: string, mustBeFresh?: boolean) => Promise<V | undefined>;

interface Entry<V> {
  value: V;
  /** When it was loaded, or could not be loaded anew. */
  since: Moment;
  refreshing?: Promise<V | undefined>;
}

/** Keeps what `load` gives for some seconds. Concurrent callers share one load. While the source is away or
 * slow, the old value is served; what is not there (undefined) is not kept. */
export function createRefreshingCache<V>(
  load: (key: string) => Promise<V | undefined>,
  { freshMs, refreshPatienceMs, maxEntries }: CacheLimits,
): Find<V> {
  // The order of insertion is the order of use: the first is the one that nobody asked for the longest.
  const entries = new Map<string, Entry<V>>();
  const loading = new Map<string, Promise<V | undefined>>();
  const nextLoads = new Map<string, Promise<V | undefined>>();

  async function loadOnce(key: string): Promise<V | undefined> {
    try {
      const value = await load(key);
      entries.delete(key);
      if (value !== undefined) entries.set(key, { value, since: presentMoment() });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      return value;
    } finally {
      loading.delete(key);
    }
  }

  function sharedLoad(key: string): Promise<V | undefined> {
    const shared = loading.get(key) ?? loadOnce(key);
    loading.set(key, shared);
    return shared;
  }

  /** A load that is under way may have read before the change that the caller knows of, so the next one counts: one
   * for all who ask until it begins. */
  function laterLoad(key: string): Promise<V | undefined> {
    const current = loading.get(key);
    if (!current) return sharedLoad(key);
    const begin = () => {
      nextLoads.delete(key);
      return sharedLoad(key);
    };
    const next = nextLoads.get(key) ?? current.then(begin, begin);
    nextLoads.set(key, next);
    return next;
  }

  /** One patience for all who ask during one load: a source that hangs costs none of them more than that. */
  function refresh(key: string, entry: Entry<V>): Promise<V | undefined> {
    const fresh = sharedLoad(key)
      .catch((error) => {
        // The old value serves.
        outages.fault('Refreshing what is remembered', error);
        entry.since = presentMoment();
        return entry.value;
      })
      .finally(() => delete entry.refreshing);
    return Promise.race([fresh, delay(refreshPatienceMs, entry.value, { ref: false })]);
  }

  return async (key, mustBeFresh = false) => {
    if (mustBeFresh) return laterLoad(key);
    const entry = entries.get(key);
    if (!entry) return sharedLoad(key);
    entries.delete(key);
    entries.set(key, entry);
    if (elapsedMs(entry.since) < freshMs) return entry.value;
    entry.refreshing ??= refresh(key, entry);
    return entry.refreshing;
  };
}
