import { createClient } from 'poleparty-client';
import { wallClockMs } from '../../clock.ts';
import { DATA_ID, type PageData } from '../views/pageData.ts';
import type { CommonWords } from '../words/words.ts';
import { byId, showText } from './dom.ts';

export function readData<T>(): T {
  return JSON.parse(byId(DATA_ID).textContent ?? '') as T;
}

/** Milliseconds since 1970 by the server's clock, estimated from its answers: a phone's may be wrong by minutes. */
export let serverNow = wallClockMs;

export function createPageClient({ live }: Pick<PageData<unknown>, 'live'>) {
  const client = createClient({ http: location.origin, ws: live });
  serverNow = client.now;
  return client;
}

export type PageClient = ReturnType<typeof createPageClient>;
export type Live = ReturnType<PageClient['live']>;

/** A planned reconnect is over before this, and needs no notice. */
const NOTICE_AFTER_MS = 800;

/** Longer than the client takes to read a poll three times by HTTP. */
const READ_WITHIN_MS = 10_000;

/** Says when what is shown may be out of date, and marks the page: within 3 s of waking up, of which the client takes
 * 2.
 * @returns a function to call when the poll arrives: only that shows that it can be read over HTTP */
export function watchConnection(live: Live, strip: HTMLElement, words: CommonWords): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unread: ReturnType<typeof setTimeout> | undefined;
  let isStale = false;
  let isPolling = false;
  const show = () => {
    clearTimeout(timer);
    const text = navigator.onLine ? words.reconnecting : words.offline;
    const draw = () => {
      showText(strip, isStale ? text : '');
      document.body.classList.toggle('stale', isStale);
    };
    if (isStale) timer = setTimeout(draw, NOTICE_AFTER_MS);
    else draw();
  };
  const mark = (stale: boolean) => {
    isStale = stale;
    show();
  };
  live.onState((state) => {
    clearTimeout(unread);
    isPolling = state === 'polling';
    mark(isPolling || state === 'stale');
  });
  for (const type of ['online', 'offline']) addEventListener(type, show);
  // A page from the back-forward cache fires no visibilitychange.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) live.wake();
  });
  return () => {
    if (!isPolling) return;
    clearTimeout(unread);
    unread = setTimeout(mark, READ_WITHIN_MS, true);
    mark(false);
  };
}
