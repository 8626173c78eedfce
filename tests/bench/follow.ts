/** A million viewers who read a poll themselves, through caches that hold it as long as its headers say: what the origin
 * is asked, and how old their view is. Time is simulated; the client's code decides when a viewer reads. */
import { pollWatch } from '../../lib/client/pollWatch.ts';
import { postBudget } from '../../lib/config.ts';
import { FOLLOW_EVERY_MS } from '../../lib/contract/limits.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { type HttpEvent, revalidated } from '../../lib/http/respond.ts';
import type { BenchRow } from './row.ts';

const VIEWERS = 1_000_000;
const SECONDS = 30;
/** Until all have read once. */
const WARM_UP_MS = 5_000;
/** From a cache to the function and back, with the query. */
const ORIGIN_MS = 150;
/** From a cache to a phone. */
const LAST_MILE_MS = 50;
/** Regional caches of a CDN without a shield in front of the origin. */
const CACHES = 20;
const GOAL_AGE_MS = 3_000;

/** More than the longest pause between two reads, and a power of two. */
const RING = 4_096;
const PAUSES = 20_000;

/** The pauses that the client makes between reads, by a timer that only notes them. */
async function clientPauses(): Promise<Float64Array> {
  const pauses = new Float64Array(PAUSES);
  const real = globalThis.setTimeout;
  let due: () => unknown = () => {};
  let asked = -1;
  globalThis.setTimeout = ((act: () => unknown, ms: number) => {
    // The first is not a pause: it is the moment in which a viewer begins.
    if (asked >= 0) pauses[asked] = ms;
    asked += 1;
    due = act;
    return {};
  }) as typeof setTimeout;
  try {
    const poll = { id: 'p', version: 1, is_final: false } as Poll;
    const watch = pollWatch('p', { send: () => true, read: async () => poll, closed: () => {} });
    watch.reset(true);
    watch.add(() => {}, {});
    const follow = { url: 'https://polls.example/polls/p', every_ms: FOLLOW_EVERY_MS };
    watch.tell();
    watch.hear({ poll, viewers: VIEWERS, follow });
    while (asked < PAUSES) await due();
    return pauses;
  } finally {
    globalThis.setTimeout = real;
  }
}

/** Milliseconds for which a cache holds a poll that is open, by the headers of `GET /polls/{id}`. */
function cachedMs(): number {
  const { headers = {} } = revalidated({ headers: {} } as HttpEvent, { body: '{}', headers: {} }, 'live');
  return Number(/s-maxage=(\d+)/.exec(`${headers['cache-control']}`)?.[1]) * 1_000;
}

interface Seen {
  /** A second. */
  reads: number;
  originReads: number;
  /** Milliseconds of viewers' time, by the age of what they saw in milliseconds. */
  ages: Float64Array;
}

/** Simulates it millisecond by millisecond. The poll changes all the time. A cache that waits for the origin lets others
 * who ask wait for the same answer. */
function simulate(pauses: Float64Array, caches: number): Seen {
  const ttlMs = cachedMs();
  const heads = new Int32Array(RING).fill(-1);
  const nexts = new Int32Array(VIEWERS);
  /** When each cache has its present copy, and until when it holds it. The copy was made half the way before. */
  const arrivesAt = new Float64Array(caches).fill(Number.NEGATIVE_INFINITY);
  const shownFrom = new Float64Array(VIEWERS).fill(-1);
  const madeAt = new Float64Array(VIEWERS);
  const ages = new Float64Array(2 * RING);
  let [reads, originReads] = [0, 0];

  const schedule = (viewer: number, at: number) => {
    const slot = at & (RING - 1);
    nexts[viewer] = heads[slot] ?? -1;
    heads[slot] = viewer;
  };
  for (let viewer = 0; viewer < VIEWERS; viewer += 1)
    schedule(viewer, Math.floor(Math.random() * FOLLOW_EVERY_MS));

  for (let now = 0; now < WARM_UP_MS + SECONDS * 1_000; now += 1) {
    const slot = now & (RING - 1);
    let viewer = heads[slot] ?? -1;
    heads[slot] = -1;
    while (viewer >= 0) {
      const following = nexts[viewer] ?? -1;
      const cache = viewer % caches;
      if (now >= (arrivesAt[cache] ?? 0) + ttlMs) {
        arrivesAt[cache] = now + ORIGIN_MS;
        if (now >= WARM_UP_MS) originReads += 1;
      }
      const copyAt = arrivesAt[cache] ?? 0;
      const shownAt = Math.max(now, copyAt) + LAST_MILE_MS;
      if (now >= WARM_UP_MS) {
        reads += 1;
        const made = madeAt[viewer] ?? 0;
        for (let age = (shownFrom[viewer] ?? 0) - made; age < shownAt - made; age += 10) {
          ages[Math.floor(age)] = (ages[Math.floor(age)] ?? 0) + 10;
        }
      }
      shownFrom[viewer] = shownAt;
      madeAt[viewer] = copyAt - ORIGIN_MS / 2;
      const pause = pauses[Math.floor(Math.random() * PAUSES)] ?? FOLLOW_EVERY_MS;
      schedule(viewer, Math.floor(shownAt + pause));
      viewer = following;
    }
  }
  return { reads: reads / SECONDS, originReads: originReads / SECONDS, ages };
}

function ageAt(share: number, ages: Float64Array): number {
  const all = ages.reduce((sum, time) => sum + time, 0);
  let seen = 0;
  return ages.findIndex((time) => {
    seen += time;
    return seen >= share * all;
  });
}

export default async function follow(): Promise<BenchRow[]> {
  const pauses = await clientPauses();
  const { reads, originReads, ages } = simulate(pauses, 1);
  const ofCdn = simulate(pauses, CACHES);
  const roundMs = (VIEWERS / postBudget({}).postsPerSecond) * 1_000;
  const p99 = ageAt(0.99, ages);
  return [
    { name: `reads of ${VIEWERS} viewers`, value: reads, unit: '1/s' },
    {
      name: 'of them to the origin, through one cache',
      value: originReads,
      unit: '1/s',
      goal: '≤ 1',
      met: originReads <= 1,
    },
    { name: `of them to the origin, through ${CACHES} caches`, value: ofCdn.originReads, unit: '1/s' },
    { name: 'age of what they see, p50', value: ageAt(0.5, ages), unit: 'ms' },
    {
      name: 'age of what they see, p99',
      value: p99,
      unit: 'ms',
      ratio: p99 / roundMs,
      of: 'a round of posts to them',
      goal: `≤ ${GOAL_AGE_MS} ms`,
      met: p99 <= GOAL_AGE_MS,
    },
    {
      name: `age of what they see, p99, through ${CACHES} caches`,
      value: ageAt(0.99, ofCdn.ages),
      unit: 'ms',
    },
  ];
}
