import { UnavailableError } from '../../errors.ts';
import { unavailable } from '../../http/problemDetails.ts';
import { outages } from '../../outages.ts';
import { aroundInvocations } from './aroundInvocations.ts';

const TIMEOUT_ERROR = 'LambdaTimeoutError';

const isHttp = (event: unknown) =>
  typeof event === 'object' && event !== null && 'version' in event && event.version === '2.0';

const WHAT = 'Running functions within their timeout';

/** Logs that functions time out, as when the whole process was suspended, and answers 503 if they serve HTTP. The
 * emulator answers 200 with a stack, prints a stack for each message of a WebSocket, and says nothing of a scheduled
 * function. */
export async function answerTimeouts(): Promise<void> {
  await aroundInvocations(async (event, run) => {
    try {
      const answer = await run();
      outages.successOfOne(WHAT);
      return answer;
    } catch (error) {
      if (!(error instanceof Error) || error.constructor.name !== TIMEOUT_ERROR) throw error;
      const timeout = new UnavailableError('The function timed out.');
      outages.fault(WHAT, timeout);
      if (!isHttp(event)) throw timeout;
      return unavailable();
    }
  });
}
