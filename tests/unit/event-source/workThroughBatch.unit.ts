import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Verdict } from '../../../lib/offline/event-source/verdict.ts';
import { type BatchPolicy, workThroughBatch } from '../../../lib/offline/event-source/workThroughBatch.ts';

interface Message {
  readonly offset: string;
  readonly timestamp: string;
}

/** How an attempt ends: 1 succeeds, below it fails from that share of its records on, -1 fails as a whole. */
type Fate = number;

interface Run {
  readonly attempts: number[][];
  readonly committed: number[];
  readonly handled: Set<number>;
  readonly discarded: number[];
}

const policies: fc.Arbitrary<BatchPolicy> = fc.record({
  maximumRetryAttempts: fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
  maximumRecordAgeMs: fc.constantFrom(50, Number.POSITIVE_INFINITY),
  bisectBatchOnFunctionError: fc.boolean(),
});
const fates = fc.array(fc.oneof(fc.constant(-1), fc.double({ min: 0, max: 1, noNaN: true })), {
  maxLength: 30,
});
const ages = fc.array(fc.constantFrom(0, 49, 51, 200), { minLength: 1, maxLength: 20 });

const NOW = 1000;

/** Runs a batch through the fates, in their order; when they are used up, everything succeeds. */
async function run(
  ages: readonly number[],
  policy: BatchPolicy,
  fates: readonly Fate[],
  endAfter = Infinity,
) {
  const left = [...fates];
  const result: Run = { attempts: [], committed: [], handled: new Set(), discarded: [] };
  const messages = ages.map((age, i) => ({ offset: `${i * 2}`, timestamp: `${NOW - age}` }));
  const offsetsOf = (list: readonly Message[]) => list.map(({ offset }) => Number(offset));
  await workThroughBatch({ messages, bytes: 0, end: ages.length * 2 }, policy, {
    mayAttempt: async () => result.attempts.length < endAfter,
    attempt: async (sent) => {
      result.attempts.push(offsetsOf(sent));
      const verdict = toVerdict(left.shift() ?? 1, sent.length);
      const good = verdict.kind === 'succeeded' ? sent.length : verdict.kind === 'failed' ? 0 : verdict.index;
      for (const offset of offsetsOf(sent.slice(0, good))) result.handled.add(offset);
      return verdict;
    },
    counts: () => true,
    discard: async (list) => {
      result.discarded.push(...offsetsOf(list));
      return true;
    },
    done: (offset) => void result.committed.push(offset),
    sleep: async () => undefined,
    now: () => NOW,
  });
  return { ...result, offsets: offsetsOf(messages) };
}

function toVerdict(fate: Fate, count: number): Verdict {
  const index = Math.floor(fate * count);
  if (index >= count) return { kind: 'succeeded' };
  return fate < 0 ? { kind: 'failed', reason: 'x' } : { kind: 'failedFrom', index, reason: 'x' };
}

test('a commit never passes a record that was neither handled nor given up, and never moves back', async () => {
  await fc.assert(
    fc.asyncProperty(ages, policies, fates, fc.nat({ max: 20 }), async (ages, policy, fates, endAfter) => {
      const { committed, handled, discarded, offsets } = await run(ages, policy, fates, endAfter);
      expect(committed).toEqual([...committed].sort((a, b) => a - b));
      const passed = offsets.filter((offset) => offset < (committed.at(-1) ?? 0));
      for (const offset of passed) expect(handled.has(offset) || discarded.includes(offset)).toBe(true);
    }),
  );
});

test('every record is eventually handled or given up, and given up at most once', async () => {
  await fc.assert(
    fc.asyncProperty(ages, policies, fates, async (ages, policy, fates) => {
      const { committed, handled, discarded, offsets } = await run(ages, policy, fates);
      expect(committed.at(-1)).toBe(ages.length * 2);
      expect(new Set([...handled, ...discarded])).toEqual(new Set(offsets));
      expect(new Set(discarded).size).toBe(discarded.length);
    }),
  );
});

test('records are sent in order, and never again after a later one was sent without them', async () => {
  await fc.assert(
    fc.asyncProperty(ages, policies, fates, async (ages, policy, fates) => {
      const { attempts } = await run(ages, policy, fates);
      let first = -1;
      for (const attempt of attempts) {
        expect(attempt).toEqual([...attempt].sort((a, b) => a - b));
        expect(attempt[0]).toBeGreaterThanOrEqual(first);
        first = attempt[0] ?? first;
      }
    }),
  );
});

test('without limits no record is given up', async () => {
  const policy = {
    maximumRetryAttempts: Number.POSITIVE_INFINITY,
    maximumRecordAgeMs: Number.POSITIVE_INFINITY,
    bisectBatchOnFunctionError: false,
  };
  await fc.assert(
    fc.asyncProperty(ages, fates, async (ages, fates) => {
      const { discarded, handled } = await run(ages, policy, fates);
      expect(discarded).toEqual([]);
      expect(handled.size).toBe(ages.length);
    }),
  );
});

test('records above the maximum age are given up unsent', async () => {
  const policy = { maximumRetryAttempts: 9, maximumRecordAgeMs: 50, bisectBatchOnFunctionError: false };
  const { attempts, discarded, committed } = await run([200, 10, 51, 10], policy, []);
  expect(attempts).toEqual([[2, 6]]);
  expect(discarded).toEqual([0, 4]);
  expect(committed).toEqual([8]);
});

test('bisecting gives up the one bad record and delivers all others', async () => {
  const policy = { maximumRetryAttempts: 1, maximumRecordAgeMs: Infinity, bisectBatchOnFunctionError: true };
  const messages = Array.from({ length: 100 }, (_, i) => ({ offset: `${i}`, timestamp: '0' }));
  const handled: string[] = [];
  const discarded: string[] = [];
  await workThroughBatch({ messages, bytes: 0, end: 100 }, policy, {
    mayAttempt: async () => true,
    attempt: async (sent) => {
      if (sent.some(({ offset }) => offset === '37')) return { kind: 'failed', reason: 'poison' };
      handled.push(...sent.map(({ offset }) => offset));
      return { kind: 'succeeded' };
    },
    counts: () => true,
    discard: async (list) => {
      discarded.push(...list.map(({ offset }) => offset));
      return true;
    },
    done: () => undefined,
    sleep: async () => undefined,
    now: () => 0,
  });
  expect(discarded).toEqual(['37']);
  expect(handled).toEqual(messages.map(({ offset }) => offset).filter((offset) => offset !== '37'));
});
