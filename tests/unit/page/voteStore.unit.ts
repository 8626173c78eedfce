import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { VoteRecord } from '../../../lib/page/views/voteRecord.ts';

interface Store {
  record: VoteRecord;
  change(change: Partial<VoteRecord>): void;
  onOtherTab(changed: () => void): void;
}

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/voteStore.ts';
const { VoteStore } = (await import(MODULE)) as { VoteStore: new (pollId: string) => Store };

let page: EventTarget;

beforeEach(() => {
  const kept = new Map<string, string>();
  page = new EventTarget();
  Object.assign(globalThis, {
    document: { querySelector: () => null },
    localStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => kept.set(key, text),
    },
    addEventListener: page.addEventListener.bind(page),
  });
});
afterEach(() => {
  for (const name of ['document', 'localStorage', 'addEventListener'])
    Reflect.deleteProperty(globalThis, name);
});

test.each([
  ['now', 'storage'],
  ['while this page was in the back-forward cache', 'pageshow'],
])('what another tab has done %s is read', (_, type) => {
  const [mine, other] = [new VoteStore('p'), new VoteStore('p')];
  const seen: string[] = [];
  mine.onOtherTab(() => seen.push(mine.record.stage));
  other.change({ stage: 'counted', choice: ['tea'], receipt: 'r' });
  expect(mine.record.stage).toBe('none');
  page.dispatchEvent(Object.assign(new Event(type), { key: 'vote:p', persisted: true }));
  expect(seen).toEqual(['counted']);
  expect(mine.record).toEqual(other.record);
});
