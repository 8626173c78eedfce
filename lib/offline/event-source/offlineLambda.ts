import Lambda from 'serverless-offline/lambda';
import type { Invoke } from './mapping.ts';

export interface OfflineLambda {
  readonly invoke: Invoke;
  /** Ends the functions' workers. */
  close(): Promise<void>;
}

/**
 * Runs functions through serverless-offline, in their own pool of instances. Time-outs are ours, since its own
 * leave a timer behind for each invocation; an instance that timed out is ended and not used again.
 */
export function offlineLambda(
  serverless: unknown,
  options: Record<string, unknown>,
  definitions: Record<string, unknown>,
): OfflineLambda {
  const lambda = new Lambda(serverless, { ...options, noTimeout: true });
  lambda.create(
    Object.entries(definitions).map(([functionKey, functionDefinition]) => ({
      functionKey,
      functionDefinition,
    })),
  );
  return {
    invoke: (functionKey, event, signal) => {
      const instance = lambda.get(functionKey);
      signal.addEventListener('abort', () => void instance.cleanup().catch(() => undefined), { once: true });
      instance.setEvent(event);
      return instance.runHandler();
    },
    close: () => lambda.cleanup(),
  };
}
