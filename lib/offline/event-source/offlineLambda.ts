import Lambda from 'serverless-offline/lambda';
import type { Invoke } from './mapping.ts';

export interface OfflineLambda {
  readonly invoke: Invoke;
  /** Stops the workers of the functions. */
  close(): Promise<void>;
}

/**
 * Runs functions through serverless-offline in a separate pool of instances. The timeout is implemented here, because
 * serverless-offline's own leaks a timer for each invocation. An instance that timed out is stopped and not reused.
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
