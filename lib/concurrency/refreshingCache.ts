import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { outages } from '../outages.ts';

export interface CacheLimits {
  /** The age up to which a value is served without a refresh, counted from the start of its load. */
  freshMs: number;
  /** The longest that a caller waits for a refresh if there is a value that was fresh lately. */
  refreshTimeoutMs: number;
  maxEntries: number;
}

/** @param mustBeFresh requires a load that starts after this call
 * @throws the error of the load, if there is no old value or it must be fresh */
export type Find<V> = (key: string, mustBeFresh?: boolean) => Promise<V | undefined>;

interface Entry<V> {
  value: V;
  /** The start of its load, or of its last failed refresh. */
  since: Moment;
  refreshing?: Loading<V>;
}

interface Loading<V> {
  result: Promise<V | undefined>;
  since: Moment;
}

/** A value older than this many freshness periods suggests that the process was frozen. Its refresh gets more time,
 * because it must reconnect. */
const OLD = 5;
const TIMEOUT_IF_OLD_MS = 2_000;
/** More than a load takes: callers of Postgres wait 5 s. A load that takes longer began before the process froze. */
const MAX_LOAD_MS = 7_000;

const WHAT = 'Refreshing cached values';

/** Caches the results of `load`, except undefined. Concurrent callers share one load. While the source is
 * unavailable or slow, it serves the old value. */
export function createRefreshingCache<V>(
  load: (key: string) => Promise<V | undefined>,
  { freshMs, refreshTimeoutMs, maxEntries }: CacheLimits,
): Find<V> {
  // Ordered by use, so the first entry is the least recently used.
  const entries = new Map<string, Entry<V>>();
  const loading = new Map<string, Loading<V>>();
  const nextLoads = new Map<string, Promise<V | undefined>>();

  async function loadOnce(key: string, since: Moment): Promise<V | undefined> {
    try {
      const value = await load(key);
      if (loading.get(key)?.since !== since) return value; // A newer load replaced this one.
      entries.delete(key);
      if (value !== undefined) entries.set(key, { value, since });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      return value;
    } finally {
      if (loading.get(key)?.since === since) loading.delete(key);
    }
  }

  const isUnderWay = (one: Loading<V> | undefined): one is Loading<V> =>
    one !== undefined && elapsedMs(one.since) < MAX_LOAD_MS;

  function sharedLoad(key: string): Promise<V | undefined> {
    const current = loading.get(key);
    if (isUnderWay(current)) return current.result;
    // The source may change while it answers.
    const since = presentMoment();
    const result = loadOnce(key, since);
    loading.set(key, { result, since });
    return result;
  }

  /** A running load may have read before the change that callers know of, so they share the next one. If the running
   * one fails, so do they: its source is unavailable now, and another load would take as long again. */
  function laterLoad(key: string): Promise<V | undefined> {
    const current = loading.get(key);
    if (!isUnderWay(current)) return sharedLoad(key);
    const begin = () => {
      nextLoads.delete(key);
      return sharedLoad(key);
    };
    const fail = (error: unknown) => {
      nextLoads.delete(key);
      throw error;
    };
    const next = nextLoads.get(key) ?? current.result.then(begin, fail);
    nextLoads.set(key, next);
    return next;
  }

  /** Callers share the timeout too, so a hanging source costs each of them at most that time. */
  function refresh(key: string, entry: Entry<V>): Loading<V> {
    const since = presentMoment();
    const timeoutMs = elapsedMs(entry.since) < OLD * freshMs ? refreshTimeoutMs : TIMEOUT_IF_OLD_MS;
    const fresh = sharedLoad(key)
      .then((value) => {
        outages.successOfOne(WHAT);
        return value;
      })
      .catch((error) => {
        outages.fault(WHAT, error);
        // After a freeze, the failure says nothing about the source now.
        if (elapsedMs(since) < MAX_LOAD_MS) entry.since = presentMoment();
        return entry.value;
      })
      .finally(() => {
        if (entry.refreshing?.since === since) delete entry.refreshing;
      });
    return { result: Promise.race([fresh, delay(timeoutMs, entry.value, { ref: false })]), since };
  }

  return async (key, mustBeFresh = false) => {
    if (mustBeFresh) return laterLoad(key);
    const entry = entries.get(key);
    if (!entry) return sharedLoad(key);
    entries.delete(key);
    entries.set(key, entry);
    if (elapsedMs(entry.since) < freshMs) return entry.value;
    if (!isUnderWay(entry.refreshing)) entry.refreshing = refresh(key, entry);
    return entry.refreshing.result;
  };
}
