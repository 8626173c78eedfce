import { UnavailableError } from '../errors.ts';
import { problemOf } from '../http/problemDetails.ts';

const FUNCTION = './lambda/LambdaFunction.js';
const TIMEOUT_ERROR = 'LambdaTimeoutError';

interface LambdaFunction {
  setEvent(event: unknown): void;
  runHandler(): Promise<unknown>;
}

const isHttp = (event: unknown) =>
  typeof event === 'object' && event !== null && 'version' in event && event.version === '2.0';

/** Answers 503 if an HTTP function times out, as when the whole process was suspended. The emulator answers 200, with a
 * stack. */
export async function answerTimeouts(): Promise<void> {
  const file = new URL(FUNCTION, import.meta.resolve('serverless-offline')).href;
  const { prototype }: { prototype: LambdaFunction } = (await import(file)).default;
  const { setEvent, runHandler } = prototype;
  const events = new WeakMap<LambdaFunction, unknown>();
  prototype.setEvent = function (event) {
    events.set(this, event);
    setEvent.call(this, event);
  };
  prototype.runHandler = async function () {
    const event = events.get(this);
    try {
      return await runHandler.call(this);
    } catch (error) {
      const isTimeout = error instanceof Error && error.constructor.name === TIMEOUT_ERROR;
      if (!isTimeout || !isHttp(event)) throw error;
      return problemOf(new UnavailableError('The function timed out.'));
    }
  };
}
