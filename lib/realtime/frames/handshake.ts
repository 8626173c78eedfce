import type { MiddlewareObj } from '@middy/core';
import { BadTokenError } from '../../errors.ts';
import { outages } from '../../outages.ts';
import type { ConnectionEvent, WebSocketResponse } from './readFrame.ts';

/** For `$connect` and `$disconnect`, which only the gateway may say. A client that sends `{"action":"$disconnect"}`
 * is routed there too, but stays connected, and would never be told anything again. */
export function ignoreFrames(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    before: ({ event }) => (event.requestContext.eventType === 'MESSAGE' ? { statusCode: 200 } : undefined),
  };
}

function statusOf(error: unknown): number {
  if (error instanceof BadTokenError) return 401;
  outages.fault('Opening and closing connections', error);
  return 503;
}

/** For `$connect` and `$disconnect`, which have no one to send an ERROR to: the handshake fails with a status. */
export function handshakeErrors(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    onError: (request) => {
      request.response = { statusCode: statusOf(request.error) };
    },
  };
}

/** Whether a handshake may go on: no page of another site opens a connection in a visitor's name. Who sends no
 * `Origin` is no browser, and could send any.
 * @param allowed undefined where any page may */
export function isAllowedOrigin(
  headers: Record<string, string | undefined> | undefined,
  allowed: string[] | undefined,
): boolean {
  const [, origin] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'origin') ?? [];
  return origin === undefined || allowed === undefined || allowed.includes(origin);
}
