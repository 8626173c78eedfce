import Lambda from 'serverless-offline/lambda';
import type { Serverless } from '../serverlessTypes.ts';

/** Invokes the scheduled functions now: the emulator's first run is at the next full minute, and polls may end before. */
export function runScheduled(serverless: Serverless): void {
  const { custom, functions } = serverless.service;
  const scheduled = Object.entries(functions).filter(([, { events = [] }]) =>
    events.some((event) => 'schedule' in event),
  );
  const lambda = new Lambda(serverless, { ...custom['serverless-offline'], noTimeout: true });
  lambda.create(scheduled.map(([functionKey, functionDefinition]) => ({ functionKey, functionDefinition })));
  for (const [functionKey] of scheduled) {
    const instance = lambda.get(functionKey);
    instance.setEvent({});
    // The emulator logs the error, and the next run retries.
    instance.runHandler().catch(() => {});
  }
}
