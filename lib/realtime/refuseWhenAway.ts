import type { MiddlewareObj } from '@middy/core';
import { log } from '../log.ts';
import type { ConnectionEvent, WebSocketResponse } from './webSocketEvents.ts';

/** For `$connect` and `$disconnect`, which have no one to send an ERROR to: 503 to the handshake. */
export function refuseWhenAway(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    onError: (request) => {
      log.warn('A connection could not be opened or closed.', { error: request.error });
      request.response = { statusCode: 503 };
    },
  };
}
