import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutageLog } from '../../../lib/offline/event-source/outageLog.ts';

const MINUTE_MS = 60_000;

function outageLog() {
  const said: string[] = [];
  let now = 0;
  const log = new OutageLog(
    (line) => said.push(line),
    () => now,
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { said, log, pass };
}

describe('an outage of Kafka', () => {
  test('is logged at its beginning, every half minute with the number of tries, and at its end', () => {
    const { said, log, pass } = outageLog();
    for (let second = 0; second <= 60; second += 1, pass(1_000)) {
      for (const who of ['f on t', 'g on u']) log.lost(who, second < 40 ? 'refused' : 'timed out');
    }
    log.joined('f on t');
    log.lost('g on u', 'refused');
    log.joined('g on u');
    log.joined('f on t');
    log.lost('f on t', 'refused');
    expect(said).toEqual([
      'f on t cannot consume from Kafka; retrying: refused',
      'f on t, g on u still cannot consume from Kafka after 30 s (61 attempts): refused',
      'f on t, g on u still cannot consume from Kafka after 60 s (121 attempts): timed out',
      'Consuming from Kafka works again after 61 s.',
      'f on t cannot consume from Kafka; retrying: refused',
    ]);
  });

  test('is logged at most every half minute, however many consumers try how often', () => {
    const tries = fc.array(
      fc.record({ who: fc.constantFrom('f', 'g', 'h'), afterMs: fc.integer({ min: 0, max: 2_000 }) }),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(tries, (all) => {
        const { said, log, pass } = outageLog();
        let passed = 0;
        for (const { who, afterMs } of all) {
          log.lost(who, 'refused');
          pass(afterMs);
          passed += afterMs;
        }
        expect(said.length).toBeLessThanOrEqual(1 + (2 * passed) / MINUTE_MS);
        for (const who of ['f', 'g', 'h']) log.joined(who);
        expect(said.at(-1)).toMatch(/^Consuming from Kafka works again after/);
      }),
    );
  });
});
