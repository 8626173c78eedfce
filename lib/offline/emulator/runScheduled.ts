import Lambda from 'serverless-offline/lambda';
import type { Serverless } from '../serverlessTypes.ts';
import { importInternal } from './importInternal.ts';

const SCHEDULER = './events/schedule/Schedule.js';
const MINUTE_MS = 60_000;

/** Leaves the schedules to `runScheduled`. The emulator's own scheduler waits for a time of the wall clock, so after that
 * clock was set back by an hour it would invoke nothing for an hour. */
export async function replaceScheduler(): Promise<void> {
  const { prototype } = (await importInternal(SCHEDULER)).default;
  prototype.create = () => {};
}

/** Invokes the scheduled functions now, because polls may end before the first interval is over, and then at their rate,
 * by Node's timers, which use the monotonic clock. */
export function runScheduled(serverless: Serverless): void {
  const { custom, functions } = serverless.service;
  const lambda = new Lambda(serverless, { ...custom['serverless-offline'] });
  lambda.create(
    Object.entries(functions).map(([functionKey, functionDefinition]) => ({
      functionKey,
      functionDefinition,
    })),
  );
  for (const [functionKey, { events = [] }] of Object.entries(functions)) {
    for (const event of events) {
      if (!('schedule' in event)) continue;
      const run = () => invoke(lambda, functionKey);
      setInterval(run, intervalMs(functionKey, event.schedule)).unref();
      run();
    }
  }
}

function invoke(lambda: Lambda, functionKey: string): void {
  const instance = lambda.get(functionKey);
  instance.setEvent({});
  // The emulator logs the error, and the next run retries.
  instance.runHandler().catch(() => {});
}

function intervalMs(functionKey: string, schedule: unknown): number {
  const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(String(schedule)) ?? [];
  if (minutes) return Number(minutes) * MINUTE_MS;
  throw new Error(`The schedule of ${functionKey} must be rate(… minutes) to run locally.`);
}
