import { expect, test } from '@jest/globals';
import { FaultLog } from '../../../lib/offline/event-source/faultLog.ts';

test('a reason is logged at once, and then every half minute with the number of occurrences', () => {
  const said: string[] = [];
  let now = 0;
  const log = new FaultLog(
    (line) => said.push(line),
    () => now,
  );
  for (let second = 0; second <= 60; second += 1, now += 1_000) log.fail(`f on t-${second}`, 'It is away.');
  log.fail('g on t-1', 'it reported offset 7');
  log.fail('g on t-2', 'it reported offset 8');
  expect(said).toEqual([
    'f on t-0: It is away.',
    'f on t-30: It is away. (29 more in between)',
    'f on t-60: It is away. (29 more in between)',
    'g on t-1: it reported offset 7',
  ]);
});
