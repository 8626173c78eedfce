import type { MiddlewareObj } from '@middy/core';
import { BadTokenError } from '../errors.ts';
import { log } from '../log.ts';
import type { ConnectionEvent, WebSocketResponse } from './webSocketEvents.ts';

function statusOf(error: unknown): number {
  if (error instanceof BadTokenError) return 401;
  log.warn('A connection could not be opened or closed.', { error });
  return 503;
}

/** For `$connect` and `$disconnect`, which have no one to send an ERROR to: the handshake fails with a status. */
export function statusOnly(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    onError: (request) => {
      request.response = { statusCode: statusOf(request.error) };
    },
  };
}
