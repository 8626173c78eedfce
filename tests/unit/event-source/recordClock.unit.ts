import { expect, jest, test } from '@jest/globals';
import { PartitionLane } from '../../../lib/offline/event-source/partitionLane.ts';
import { createRecordClock } from '../../../lib/offline/event-source/recordClock.ts';

const MINUTE_MS = 60_000;

test('the clock follows the wall clock back, never forward, and goes on with the time that passes', () => {
  let [wall, monotonic] = [1_000_000, 5];
  const pass = (ms: number) => {
    wall += ms;
    monotonic += ms;
  };
  const clock = createRecordClock(
    () => wall,
    () => monotonic,
  );
  pass(10);
  expect(clock()).toBe(1_000_010);
  wall += MINUTE_MS;
  expect(clock()).toBe(1_000_010);
  wall -= MINUTE_MS;
  pass(10);
  expect(clock()).toBe(1_000_020);
  wall -= MINUTE_MS;
  expect(clock()).toBe(1_000_020 - MINUTE_MS);
});

test('a step of the wall clock gives up no record of a lane', async () => {
  const offset = '0';
  const timestamp = `${Date.now()}`;
  jest.spyOn(Date, 'now').mockReturnValue(Number(timestamp) + 2 * MINUTE_MS);
  const outcome = await new Promise((resolve) => {
    const lane = new PartitionLane(
      0,
      {
        limits: { batchSize: 7, maxBytes: 1_000, windowMs: 0 },
        policy: {
          maximumRetryAttempts: 0,
          maximumRecordAgeMs: MINUTE_MS,
          bisectBatchOnFunctionError: false,
        },
        filter: null,
        sizeOf: () => 1,
        attempt: async () => {
          resolve('sent');
          return { kind: 'succeeded' };
        },
        discard: async (_, condition) => resolve(condition),
        done: (lane) => lane.fence(),
        wantsMore: () => {},
      },
      Promise.resolve(),
    );
    lane.accept([{ key: null, value: Buffer.from('v'), offset, timestamp }], 1);
  });
  jest.restoreAllMocks();
  expect(outcome).toBe('sent');
});
