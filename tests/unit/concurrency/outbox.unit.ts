import { beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import { createOutbox, type OutboxLimits } from '../../../lib/concurrency/outbox.ts';
import { PoisonRecordError, UnavailableError } from '../../../lib/errors.ts';

const limits = { timeoutMs: 5_000, pauseMs: 3_600_000, page: 10, mostKept: 25 };
const away = () => new UnavailableError('Kafka is away.');

/** What was sent, and how each send ends: by this script first, then well. */
let sent: string[][];
let script: (() => Promise<void>)[];
let faults: unknown[];
beforeEach(() => {
  sent = [];
  script = [];
  faults = [];
});

function outbox(changes: Partial<OutboxLimits> = {}) {
  const send = async (items: string[]) => {
    sent.push(items);
    await script.shift()?.();
  };
  const fault = (_: string, error: unknown) => void faults.push(error);
  const outages = { fault, success: () => {} };
  return createOutbox({ what: 'Telling', keyOf: (item) => item, send, outages }, { ...limits, ...changes });
}

const names = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `${from + at}`);

describe('an outbox', () => {
  test('sends at once, and sends items that arrive meanwhile together, each once', async () => {
    const hand = outbox();
    const first = Promise.withResolvers<void>();
    script = [() => first.promise];
    const handed = [hand(['a'])];
    await until(async () => expect(sent).toHaveLength(1), 1_000);
    handed.push(hand(['b', 'c']), hand(['c', 'd']), hand([]));
    first.resolve();
    await Promise.all(handed);
    expect(sent).toEqual([['a'], ['b', 'c', 'd']]);
  });

  test('sends an item again if it is added while it is being sent', async () => {
    const hand = outbox();
    const first = Promise.withResolvers<void>();
    script = [() => first.promise];
    const handed = [hand(['a'])];
    await until(async () => expect(sent).toHaveLength(1), 1_000);
    handed.push(hand(['a']));
    first.resolve();
    await Promise.all(handed);
    expect(sent).toEqual([['a'], ['a']]);
  });

  test('sends page by page', async () => {
    await outbox()(names(25));
    expect(sent.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(sent.flat()).toEqual(names(25));
  });

  test('keeps failed items, makes no caller wait during the pause, and sends them afterwards', async () => {
    const hand = outbox({ pauseMs: 20 });
    script = [() => Promise.reject(away()), () => Promise.reject(away())];
    await hand(['a']);
    await hand(['b']);
    await until(async () => expect(sent.at(-1)).toEqual(['a', 'b']), 1_000);
    await until(async () => expect(sent).toHaveLength(3), 1_000);
    expect(faults).toEqual([away(), away()]);
  });

  test('keeps a limited number of items, and drops the oldest', async () => {
    const hand = outbox({ pauseMs: 20 });
    script = [() => Promise.reject(away())];
    await hand(['first']);
    await hand(names(30));
    await until(async () => expect(sent.flat()).toContain('29'), 1_000);
    expect(sent.slice(1).flat()).toEqual(names(25, 5));
  });

  test('skips items that no retry can help, and continues with the rest', async () => {
    script = [() => Promise.reject(new PoisonRecordError('Too large.'))];
    await outbox()(names(15));
    expect(sent).toEqual([names(10), names(5, 10)]);
    expect(faults).toHaveLength(1);
  });

  test('releases its callers after their timeout, and sends slow items only once', async () => {
    const hand = outbox({ timeoutMs: 20, pauseMs: 0 });
    const first = Promise.withResolvers<void>();
    script = [() => first.promise];
    await hand(['a']);
    await hand(['b']);
    expect(sent).toEqual([['a']]);
    first.resolve();
    await until(async () => expect(sent).toEqual([['a'], ['b']]), 1_000);
  });
});
