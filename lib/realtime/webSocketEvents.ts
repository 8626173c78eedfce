import type { APIGatewayEventWebsocketRequestContextV2 } from 'aws-lambda';
import type { Frame } from './readFrame.ts';

/** `$connect` and `$disconnect`. */
export interface ConnectionEvent {
  requestContext: APIGatewayEventWebsocketRequestContextV2 & {
    /** What `carryToken` said at the handshake; not there where votes take no token. */
    authorizer?: { token?: string };
  };
  /** Of the handshake; there are none later. */
  headers?: Record<string, string | undefined>;
}

/** A message, with what `messages` read in it. */
export interface FrameEvent extends ConnectionEvent {
  /** Text on AWS; bytes from the emulator where a client sent a binary frame. */
  body?: unknown;
  frame: Frame;
}

/** With a body, the route's response: API Gateway sends it to the client. */
export interface WebSocketResponse {
  statusCode: number;
  body?: string;
}
