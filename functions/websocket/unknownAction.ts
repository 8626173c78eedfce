import middy from '@middy/core';
import { RefusedError } from '../../lib/errors.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';

/** `$default`: every message that no other route takes, garbage included. */
async function unknownAction({ frame }: FrameEvent): Promise<never> {
  if (frame.action === '') throw new RefusedError('invalid_request', 'The field "action" names what to do.');
  throw new RefusedError('unknown_action');
}

export const handler = middy(unknownAction).use(answerFrames());
