import { afterEach, expect, jest, test } from '@jest/globals';
import { type Bench, openBench } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

// The bench makes KafkaJS calm, as the plugin does.
test('an idle connection sets no timers', async () => {
  bench = await openBench();
  const timers = jest.spyOn(globalThis, 'setTimeout');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(timers.mock.calls.filter(([, delay]) => delay !== 200)).toEqual([]);
  timers.mockRestore();
});
