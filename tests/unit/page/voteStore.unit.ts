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
  ['now', 'storage', { key: 'vote:p' }],
  ['while this page was in the back-forward cache', 'pageshow', { persisted: true }],
])('what another tab has done %s is read', (_, type, facts) => {
  const [mine, other] = [new VoteStore('p'), new VoteStore('p')];
  const seen: string[] = [];
  mine.onOtherTab(() => seen.push(mine.record.stage));
  other.change({ stage: 'counted', choice: ['tea'], receipt: 'r' });
  expect(mine.record.stage).toBe('none');
  page.dispatchEvent(Object.assign(new Event(type), facts));
  expect(seen).toEqual(['counted']);
  expect(mine.record).toEqual(other.record);
});

test('a page that is shown for the first time has nothing to read again', () => {
  const seen: string[] = [];
  new VoteStore('p').onOtherTab(() => seen.push('again'));
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
  expect(seen).toEqual([]);
});
