import type { MiddlewareObj } from '@middy/core';
import type { ConnectionEvent, WebSocketResponse } from './webSocketEvents.ts';

/** For `$connect` and `$disconnect`, which only the gateway may say. A client that sends `{"action":"$disconnect"}`
 * is routed there too, but stays connected, and would never be told anything again. */
export function ignoreFrames(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    before: ({ event }) => (event.requestContext.eventType === 'MESSAGE' ? { statusCode: 200 } : undefined),
  };
}
