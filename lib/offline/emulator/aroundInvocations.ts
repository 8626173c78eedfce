import { importInternal } from './importInternal.ts';

const FUNCTION = './lambda/LambdaFunction.js';

interface LambdaFunction {
  setEvent(event: unknown): void;
  runHandler(): Promise<unknown>;
}

/** Runs code around every invocation of a function in this thread. The wrapper that was added last is the outermost. */
export async function aroundInvocations(
  wrap: (event: unknown, run: () => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const { prototype }: { prototype: LambdaFunction } = (await importInternal(FUNCTION)).default;
  const { setEvent, runHandler } = prototype;
  const events = new WeakMap<LambdaFunction, unknown>();
  prototype.setEvent = function (event) {
    events.set(this, event);
    setEvent.call(this, event);
  };
  prototype.runHandler = function () {
    return wrap(events.get(this), () => runHandler.call(this));
  };
}
