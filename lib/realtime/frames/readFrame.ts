import type { APIGatewayEventWebsocketRequestContextV2 } from 'aws-lambda';
import { isRequestId, MAX_FRAME_BYTES, MAX_REQUEST_ID_BYTES } from '../../contract/limits.ts';
import { RefusedError } from '../../errors.ts';

/** What a client said: `{action, request_id?, …}`. */
export interface Frame {
  action: string;
  /** Comes back with the answer. */
  requestId: string | undefined;
  /** All of it, unchecked: each action knows what it needs. */
  fields: Record<string, unknown>;
}

function parseObject(body: unknown): Record<string, unknown> {
  if (typeof body !== 'string') throw new RefusedError('invalid_request', 'Send text, not binary frames.');
  if (Buffer.byteLength(body) > MAX_FRAME_BYTES) {
    throw new RefusedError('payload_too_large', `The frame has more than ${MAX_FRAME_BYTES} bytes.`);
  }
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {}
  throw new RefusedError('invalid_request', 'Send a JSON object such as {"action":"ping"}.');
}

/** The frame in a WebSocket event's body. @throws {RefusedError} for anything that is none */
export function readFrame(body: unknown): Frame {
  const fields = parseObject(body);
  const { action, request_id: requestId } = fields;
  if (requestId !== undefined && !(typeof requestId === 'string' && isRequestId(requestId))) {
    const detail = `request_id must be a string of at most ${MAX_REQUEST_ID_BYTES} bytes without control characters.`;
    throw new RefusedError('invalid_request', detail);
  }
  return { action: typeof action === 'string' ? action : '', requestId, fields };
}

/** `$connect` and `$disconnect`. */
export interface ConnectionEvent {
  requestContext: APIGatewayEventWebsocketRequestContextV2 & {
    /** What `connectAuthorizer` said at the handshake; not there where votes take no token. */
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
