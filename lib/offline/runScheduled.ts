import Lambda from 'serverless-offline/lambda';
import type { Serverless } from './serverlessTypes.ts';

/** Begins what a schedule calls: the emulator does so from the next full minute on, and polls may end before. */
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
    // The emulator says what went wrong, and the next minute makes it good.
    instance.runHandler().catch(() => {});
  }
}
