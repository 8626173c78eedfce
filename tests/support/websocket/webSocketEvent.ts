import type { Context } from 'aws-lambda';
import type { FrameEvent, WebSocketResponse } from '../../../lib/realtime/frames/readFrame.ts';
import { expectMessageConforms } from '../http/conforms.ts';

type Handler = (event: FrameEvent, context: Context) => unknown;

/** Invokes a WebSocket route as API Gateway does.
 * @param body the client's frame; none for `$connect` and `$disconnect` */
export async function invokeRoute(
  handler: Handler,
  connectionId: string,
  body?: unknown,
  context = {} as Context,
): Promise<WebSocketResponse> {
  const event = { requestContext: { connectionId, requestTimeEpoch: Date.now() }, body } as FrameEvent;
  return (await handler(event, context)) as WebSocketResponse;
}

/** The message that a route answers with, held to `/asyncapi.json`. */
export async function say(
  handler: Handler,
  body: unknown,
  connectionId = 'c',
  context = {} as Context,
): Promise<unknown> {
  const response = await invokeRoute(handler, connectionId, body, context);
  if (response.statusCode !== 200) throw new Error(`Answered ${response.statusCode}.`);
  const message: unknown = JSON.parse(response.body ?? '');
  expectMessageConforms(message);
  return message;
}
