import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Serverless } from '../../../lib/offline/serverlessTypes.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let invoked: string[];

/** Invokes nothing, but remembers what it should. */
class RecordingLambda {
  create(): void {}
  get(functionKey: string) {
    return { setEvent() {}, runHandler: async () => void invoked.push(functionKey) };
  }
}

let runScheduled: (serverless: Serverless) => void;
// biome-ignore lint/suspicious/noExplicitAny: a class of the emulator without types
let Schedule: any;

beforeAll(async () => {
  jest.unstable_mockModule('serverless-offline/lambda', () => ({ default: RecordingLambda }));
  const ours = await import('../../../lib/offline/emulator/runScheduled.ts');
  await ours.replaceScheduler();
  ({ runScheduled } = ours);
  const file = new URL('./events/schedule/Schedule.js', import.meta.resolve('serverless-offline')).href;
  ({ default: Schedule } = await import(file));
});
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Starts a function's schedule as `npm start` does: in the emulator, and then in ours. */
function start(schedule: string): void {
  invoked = [];
  new Schedule(new RecordingLambda(), 'us-east-1').create([{ functionKey: 'close', schedule }]);
  const functions = { close: { events: [{ schedule }] }, vote: { events: [{ httpApi: '*' }] }, migrate: {} };
  const service = { custom: { 'serverless-offline': {} }, functions };
  runScheduled({ service } as unknown as Serverless);
}

test('a scheduled function runs at once and then at its rate, wherever the wall clock is set to', async () => {
  const step = fc.record({
    setByMs: fc.integer({ min: -DAY_MS, max: DAY_MS }),
    passMs: fc.integer({ min: 0, max: 3 * MINUTE_MS }),
  });
  const rate = fc.integer({ min: 1, max: 3 });
  await fc.assert(
    fc.asyncProperty(rate, fc.array(step, { maxLength: 10 }), async (minutes, steps) => {
      jest.clearAllTimers();
      start(`rate(${minutes} minute${minutes > 1 ? 's' : ''})`);
      let passed = 0;
      for (const { setByMs, passMs } of steps) {
        jest.setSystemTime(Date.now() + setByMs);
        await jest.advanceTimersByTimeAsync(passMs);
        passed += passMs;
      }
      expect(invoked).toEqual(Array(1 + Math.floor(passed / (minutes * MINUTE_MS))).fill('close'));
    }),
  );
});

test('a schedule that cannot run locally fails the start', () => {
  expect(() => start('cron(0 12 * * ? *)')).toThrow('close must be rate(… minutes)');
});
