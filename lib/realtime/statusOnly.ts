import type { MiddlewareObj } from '@middy/core';
import { BadTokenError } from '../errors.ts';
import { outages } from '../outages.ts';
import type { ConnectionEvent, WebSocketResponse } from './webSocketEvents.ts';

function statusOf(error: unknown): number {
  if (error instanceof BadTokenError) return 401;
  outages.fault('Opening and closing connections', error);
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
