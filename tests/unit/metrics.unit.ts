import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { createMeter, writeMetrics } from '../../lib/metrics.ts';
import { type CapturedStdout, captureStdout } from '../support/metrics/captureStdout.ts';
import { readEmf, sumsOf } from '../support/metrics/readEmf.ts';

const DIMENSIONS = { service: 'polls', stage: 'test' };
let stdout: CapturedStdout;

beforeEach(() => {
  stdout = captureStdout();
});
afterEach(() => stdout.restore());

const written = () => readEmf(stdout.text());

describe('a meter', () => {
  test('writes what was added as one line in the embedded metric format, with service and stage', async () => {
    const own = createMeter(DIMENSIONS);
    own.count('VotesCounted', 2_000);
    own.count('VotesCounted');
    own.count('DeadLetters');
    own.sample('TallyLag', [12, 7]);
    own.sample('TallyLag', [40]);
    await own.write();
    expect(written()).toEqual({
      lines: 1,
      dimensions: ['service=polls,stage=test'],
      values: { VotesCounted: [2_001], DeadLetters: [1], TallyLag: [40, 12, 7] },
    });
  });

  test('writes nothing if nothing was added, and nothing twice', async () => {
    const own = createMeter(DIMENSIONS);
    own.sample('TallyLag', []);
    await own.write();
    expect(stdout.text()).toBe('');
    own.count('Posts');
    await own.write();
    await own.write();
    expect(sumsOf(written())).toEqual({ Posts: 1 });
  });

  test('adds up what comes within a second of the last line, and writes it then', async () => {
    jest.useFakeTimers();
    try {
      const own = createMeter(DIMENSIONS, 1_000);
      for (let vote = 0; vote < 10; vote += 1) {
        own.count('VotesAccepted');
        await own.write();
      }
      expect(written()).toMatchObject({ lines: 1, values: { VotesAccepted: [1] } });
      await jest.advanceTimersByTimeAsync(1_000);
      expect(written()).toMatchObject({ lines: 2, values: { VotesAccepted: [1, 9] } });
    } finally {
      jest.useRealTimers();
    }
  });

  test('writes zero, which CloudWatch tells from no value', async () => {
    const own = createMeter(DIMENSIONS);
    own.count('Drift', 0);
    await own.write();
    expect(written().values).toEqual({ Drift: [0] });
  });

  test('writes a bounded number of values that represent all of them, the greatest included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 3_000 }), async (values) => {
        stdout.forget();
        const own = createMeter(DIMENSIONS);
        own.sample('TallyLag', values);
        await own.write();
        const {
          lines,
          values: { TallyLag: some = [] },
        } = written();
        expect(lines).toBe(1);
        expect(some.length).toBeGreaterThanOrEqual(Math.min(values.length, 25));
        expect(some.length).toBeLessThanOrEqual(50);
        expect(Math.max(...some)).toBe(Math.max(...values));
        expect(values).toEqual(expect.arrayContaining(some));
      }),
      { numRuns: 50 },
    );
  });

  test('without dimensions, as on a laptop, writes nothing', async () => {
    const own = createMeter(undefined);
    own.count('Posts');
    own.sample('TickLength', [1]);
    await own.write();
    expect([own.isOn, stdout.text()]).toEqual([false, '']);
  });
});

describe('a handler that writes metrics', () => {
  const own = createMeter(DIMENSIONS);
  const handler = middy(async (shallFail: boolean) => {
    own.count('VotesCounted', 5);
    if (shallFail) throw new Error('Postgres is away.');
    return 'counted';
  }).use(writeMetrics(() => own));
  const invoke = (shallFail: boolean) => handler(shallFail, {} as Context);

  test('writes them once an invocation, also if it fails', async () => {
    expect(await invoke(false)).toBe('counted');
    expect(written()).toMatchObject({ lines: 1, values: { VotesCounted: [5] } });
    await expect(invoke(true)).rejects.toThrow('Postgres is away.');
    expect(written()).toMatchObject({ lines: 2, values: { VotesCounted: [5, 5] } });
  });

  test('succeeds if they cannot be written, and later ones are right', async () => {
    jest.spyOn(Metrics.prototype, 'publishStoredMetrics').mockImplementationOnce(() => {
      throw new RangeError('Too many metrics.');
    });
    expect(await invoke(false)).toBe('counted');
    expect(stdout.text()).toMatch(/^\{.*"message":"Writing metrics failed\."/);
    stdout.forget();
    await invoke(false);
    expect(sumsOf(written())).toEqual({ VotesCounted: 5 });
  });
});
