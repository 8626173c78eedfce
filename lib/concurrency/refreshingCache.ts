import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { outages } from '../outages.ts';

export interface CacheLimits {
  /** The age up to which a value is served without a refresh, counted from the start of its load. */
  freshMs: number;
  /** The longest that a caller waits for a refresh if there is an old value. */
  refreshPatienceMs: number;
  maxEntries: number;
}

/** @param mustBeFresh requires a load that starts after this call
 * @throws the error of the load, if there is no old value or it must be fresh */
export type Find<V> = (key: string, mustBeFresh?: boolean) => Promise<V | undefined>;

interface Entry<V> {
  value: V;
  /** The start of its load, or of its last failed refresh. */
  since: Moment;
  refreshing?: Promise<V | undefined>;
}

/** Caches the results of `load`, except undefined. Concurrent callers share one load. While the source is
 * unavailable or slow, it serves the old value. */
export function createRefreshingCache<V>(
  load: (key: string) => Promise<V | undefined>,
  { freshMs, refreshPatienceMs, maxEntries }: CacheLimits,
): Find<V> {
  // In the order of use: the first entry is the least recently used.
  const entries = new Map<string, Entry<V>>();
  const loading = new Map<string, Promise<V | undefined>>();
  const nextLoads = new Map<string, Promise<V | undefined>>();

  async function loadOnce(key: string): Promise<V | undefined> {
    try {
      // The source may change while it answers.
      const since = presentMoment();
      const value = await load(key);
      entries.delete(key);
      if (value !== undefined) entries.set(key, { value, since });
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

  /** A running load may have read before the change that callers know of, so they share the next one. If the running
   * one fails, so do they: its source is unavailable now, and another load would take as long again. */
  function laterLoad(key: string): Promise<V | undefined> {
    const current = loading.get(key);
    if (!current) return sharedLoad(key);
    const begin = () => {
      nextLoads.delete(key);
      return sharedLoad(key);
    };
    const fail = (error: unknown) => {
      nextLoads.delete(key);
      throw error;
    };
    const next = nextLoads.get(key) ?? current.then(begin, fail);
    nextLoads.set(key, next);
    return next;
  }

  /** Callers share the timeout too, so a hanging source costs each of them at most `refreshPatienceMs`. */
  function refresh(key: string, entry: Entry<V>): Promise<V | undefined> {
    const fresh = sharedLoad(key)
      .catch((error) => {
        outages.fault('Refreshing cached values', error);
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
