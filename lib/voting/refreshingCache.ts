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

interface Entry<V> {
  value: V;
  /** When it was loaded, or could not be loaded anew. */
  since: Moment;
  refreshing?: Promise<V | undefined>;
}

/** Keeps what `load` gives for some seconds. Concurrent callers share one load. While the source is away or
 * slow, the old value is served; what is not there (undefined) is not kept.
 * @returns a function that throws what `load` throws, if there is no old value */
export function createRefreshingCache<V>(
  load: (key: string) => Promise<V | undefined>,
  { freshMs, refreshPatienceMs, maxEntries }: CacheLimits,
): (key: string) => Promise<V | undefined> {
  // The order of insertion is the order of use: the first is the one that nobody asked for the longest.
  const entries = new Map<string, Entry<V>>();
  const loading = new Map<string, Promise<V | undefined>>();

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

  return async (key) => {
    const entry = entries.get(key);
    if (!entry) return sharedLoad(key);
    entries.delete(key);
    entries.set(key, entry);
    if (elapsedMs(entry.since) < freshMs) return entry.value;
    entry.refreshing ??= refresh(key, entry);
    return entry.refreshing;
  };
}
