import middy from '@middy/core';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';

/** Keeps an idle connection open past API Gateway's ten minutes, and shows the client that it still is. */
async function ping(): Promise<ServerMessage> {
  return { type: 'PONG' };
}

export const handler = withRequestIds(middy(ping).use(answerFrames()));
