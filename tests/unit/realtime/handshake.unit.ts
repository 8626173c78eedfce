import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ignoreFrames } from '../../../lib/realtime/frames/handshake.ts';
import type { ConnectionEvent, WebSocketResponse } from '../../../lib/realtime/frames/readFrame.ts';

const handler = middy(async (_: ConnectionEvent): Promise<WebSocketResponse> => ({ statusCode: 201 })).use(
  ignoreFrames(),
);

describe('a handler of $connect and $disconnect', () => {
  test.each([
    ['CONNECT', 201],
    ['DISCONNECT', 201],
    ['MESSAGE', 200],
  ])('answers the event type %s with %i', async (eventType, statusCode) => {
    const event = { requestContext: { connectionId: 'c', eventType } } as ConnectionEvent;
    expect(await handler(event, {} as Context)).toEqual({ statusCode });
  });
});
