import type { MiddlewareObj } from '@middy/core';
import { BadTokenError, unavailableIfTimedOut } from '../../errors.ts';
import { outages } from '../../outages.ts';
import type { ConnectionEvent, WebSocketResponse } from './readFrame.ts';

/** Ignores client messages on the routes `$connect` and `$disconnect`. API Gateway routes
 * `{"action":"$disconnect"}` there too: the client would stay connected and never receive another message. */
export function ignoreFrames(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    before: ({ event }) => (event.requestContext.eventType === 'MESSAGE' ? { statusCode: 200 } : undefined),
  };
}

const WHAT = 'Opening and closing connections';

function statusOf(error: unknown): number {
  if (error instanceof BadTokenError) return 401;
  outages.fault(WHAT, error);
  return 503;
}

/** Turns errors of `$connect` and `$disconnect` into a status: no client can receive an ERROR there. */
export function handshakeErrors(): MiddlewareObj<ConnectionEvent, WebSocketResponse> {
  return {
    after: () => outages.successOfOne(WHAT),
    onError: (request) => {
      request.response = { statusCode: statusOf(unavailableIfTimedOut(request.error)) };
    },
  };
}

/** Checks the origin of a handshake: a page of another site must not connect on behalf of a visitor. A client
 * without `Origin` is not a browser, and could send any origin.
 * @param allowed undefined allows every page */
export function isAllowedOrigin(
  headers: Record<string, string | undefined> | undefined,
  allowed: string[] | undefined,
): boolean {
  const [, origin] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'origin') ?? [];
  return origin === undefined || allowed === undefined || allowed.includes(origin);
}
