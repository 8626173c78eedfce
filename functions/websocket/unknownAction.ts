import middy from '@middy/core';
import { RefusedError } from '../../lib/errors.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';

/** `$default`: rejects every message without a route, garbage included. */
async function unknownAction({ frame }: FrameEvent): Promise<never> {
  if (frame.action === '')
    throw new RefusedError('invalid_request', 'The field "action" must be a non-empty string.');
  throw new RefusedError('unknown_action');
}

export const handler = withRequestIds(middy(unknownAction).use(answerFrames()));
