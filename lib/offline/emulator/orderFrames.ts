import { importInternal } from './importInternal.ts';

const CONTEXT = './events/websocket/lambda-events/WebSocketRequestContext.js';
/** The step of a Postgres timestamp. */
const STEP_MS = 0.001;

interface RequestContext {
  create(): { requestTimeEpoch: number };
}

/** Gives each frame a time of its own. The emulator takes several within a millisecond and calls functions at once
 * for all of them, so the time alone would not say which was asked for last. */
export async function orderFrames(): Promise<void> {
  const { prototype }: { prototype: RequestContext } = (await importInternal(CONTEXT)).default;
  const { create } = prototype;
  let last = 0;
  prototype.create = function (this: RequestContext) {
    const context = create.call(this);
    const isSameMs = context.requestTimeEpoch === Math.floor(last);
    last = isSameMs ? last + STEP_MS : context.requestTimeEpoch;
    return { ...context, requestTimeEpoch: last };
  };
}
