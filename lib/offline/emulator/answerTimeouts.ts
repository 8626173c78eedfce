import { UnavailableError } from '../../errors.ts';
import { problemOf } from '../../http/problemDetails.ts';
import { aroundInvocations } from './aroundInvocations.ts';

const TIMEOUT_ERROR = 'LambdaTimeoutError';

const isHttp = (event: unknown) =>
  typeof event === 'object' && event !== null && 'version' in event && event.version === '2.0';

/** Answers 503 if an HTTP function times out, as when the whole process was suspended. The emulator answers 200, with a
 * stack. */
export async function answerTimeouts(): Promise<void> {
  await aroundInvocations(async (event, run) => {
    try {
      return await run();
    } catch (error) {
      const isTimeout = error instanceof Error && error.constructor.name === TIMEOUT_ERROR;
      if (!isTimeout || !isHttp(event)) throw error;
      return problemOf(new UnavailableError('The function timed out.'));
    }
  });
}
