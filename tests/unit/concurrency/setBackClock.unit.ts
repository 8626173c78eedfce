import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { deadlineIn, elapsedMs, monotonicMs, presentMoment } from '../../../lib/clock.ts';
import { until, withDeadline } from '../../../lib/concurrency/deadline.ts';
import { createMicroBatcher } from '../../../lib/concurrency/microBatcher.ts';
import { createPace } from '../../../lib/concurrency/pacing.ts';
import { pageByPage } from '../../../lib/concurrency/pages.ts';
import { createRefreshingCache } from '../../../lib/concurrency/refreshingCache.ts';
import type { FetchedMessage } from '../../../lib/offline/event-source/mskEvent.ts';
import { type LanePorts, PartitionLane } from '../../../lib/offline/event-source/partitionLane.ts';
import { awaitVote } from '../../../lib/votes/lookUpVote.ts';

const HOUR_MS = 3_600_000;
const SHORT_MS = 50;
/** Far less than the step, and far more than a busy machine needs. */
const SOON_MS = 5_000;

afterEach(() => void jest.restoreAllMocks());

/** Sets the wall clock that much off. */
function setClock(ms: number): void {
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}

async function expectSoon<T>(work: Promise<T>): Promise<T> {
  const began = monotonicMs();
  const result = await work;
  expect(monotonicMs() - began).toBeLessThan(SOON_MS);
  return result;
}

const never = new Promise<never>(() => {});
const failing = () => Promise.reject(new Error('Not yet.'));

describe('a wall clock that is set back by an hour', () => {
  test('moves no deadline', async () => {
    const deadline = deadlineIn(SHORT_MS);
    setClock(-HOUR_MS);
    const given = withDeadline(never, deadline, 'It').catch(({ message }: Error) => message);
    expect(await expectSoon(given)).toBe('It did not answer in time.');
  });

  test('makes no batch wait longer than its caller', async () => {
    const first = Promise.withResolvers<string[]>();
    const send = ([item]: string[], deadline: number) =>
      item === 'a' ? first.promise : withDeadline(never, deadline, 'Kafka');
    const limits = { timeoutMs: SHORT_MS, maxBatch: 1, maxWaiting: 10 };
    const add = createMicroBatcher(send, limits);
    const answers = [add('a'), add('b').catch(({ message }: Error) => message)];
    await Promise.resolve();
    setClock(-HOUR_MS);
    first.resolve(['a']);
    expect(await expectSoon(Promise.all(answers))).toEqual(['a', 'Kafka did not answer in time.']);
  });

  test('keeps nothing fresh longer', async () => {
    let loads = 0;
    const limits = { freshMs: SHORT_MS, refreshTimeoutMs: SOON_MS, maxEntries: 1 };
    const get = createRefreshingCache(async () => ++loads, limits);
    await get('a');
    setClock(-HOUR_MS);
    await until(async () => expect(await get('a')).toBe(2), SOON_MS);
  });

  test('stops no posts', async () => {
    const pace = createPace(100);
    // All that may go at once.
    for (let n = 0; n < 50; n += 1) await pace();
    setClock(-HOUR_MS);
    await expectSoon(Promise.all(Array.from({ length: 5 }, pace)));
  });

  test('ends retries and waits in time', async () => {
    const waiting = awaitVote(async () => ({ status: 'accepted' }), SHORT_MS);
    const trying = until(failing, SHORT_MS).catch(({ message }: Error) => message);
    const working = pageByPage(
      async () => {
        await new Promise(setImmediate);
        return 1;
      },
      1,
      deadlineIn(SHORT_MS),
    );
    setClock(-HOUR_MS);
    const ended = await expectSoon(Promise.all([waiting, trying, working]));
    expect(ended).toEqual([{ status: 'accepted' }, 'Not yet.', undefined]);
  });

  test('delays no batch of a partition, and no retry', async () => {
    const attempts: number[] = [];
    const lane = laneOf(async (messages) => {
      attempts.push(messages.length);
      if (attempts.length === 1) setClock(-HOUR_MS);
      return attempts.length === 2 ? { kind: 'failed', reason: 'Not yet.' } : { kind: 'succeeded' };
    });
    lane.accept([record(0)], 1);
    await until(async () => expect(attempts).toEqual([1]), SOON_MS);
    lane.accept([record(1)], 2);
    await until(async () => expect(attempts).toEqual([1, 1, 1]), SOON_MS);
    lane.fence();
    await lane.settled;
  });
});

test('a wall clock that is set forward gives up no record of a lane', async () => {
  const young = record(0, Date.now());
  setClock(HOUR_MS);
  const outcome = await new Promise((resolve) => {
    const attempt: LanePorts['attempt'] = async () => {
      resolve('sent');
      return { kind: 'succeeded' };
    };
    const lane = laneOf(attempt, {
      policy: { ...POLICY, maximumRecordAgeMs: HOUR_MS / 2 },
      discard: async (_, condition) => resolve(condition),
      done: () => lane.fence(),
    });
    lane.accept([young], 1);
  });
  expect(outcome).toBe('sent');
});

describe('the age by both clocks', () => {
  test('grows while the process is frozen and its monotonic clock stands still', () => {
    const since = presentMoment();
    setClock(HOUR_MS);
    expect(elapsedMs(since)).toBeGreaterThanOrEqual(HOUR_MS);
    expect(elapsedMs(presentMoment())).toBeLessThan(SOON_MS);
  });

  test('grows even if the wall clock is set back', () => {
    const since = presentMoment();
    setClock(-HOUR_MS);
    const { now } = performance;
    jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 1_000);
    expect(elapsedMs(since)).toBeGreaterThanOrEqual(1_000);
  });
});

function record(offset: number, timestamp = 0): FetchedMessage {
  return { key: null, value: Buffer.from('v'), offset: `${offset}`, timestamp: `${timestamp}` };
}

const POLICY = {
  maximumRetryAttempts: 3,
  maximumRecordAgeMs: Number.POSITIVE_INFINITY,
  bisectBatchOnFunctionError: false,
};

function laneOf(attempt: LanePorts['attempt'], more: Partial<LanePorts> = {}): PartitionLane {
  const limits = { batchSize: 7, maxBytes: 1_000, windowMs: SHORT_MS };
  const rest = { sizeOf: () => 1, discard: async () => {}, done: () => {}, wantsMore: () => {} };
  const ports = { limits, policy: POLICY, filter: null, attempt, ...rest, ...more };
  return new PartitionLane(0, ports, Promise.resolve());
}
