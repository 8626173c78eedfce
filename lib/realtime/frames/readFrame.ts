import type { APIGatewayEventWebsocketRequestContextV2 } from 'aws-lambda';
import { isRequestId, MAX_FRAME_BYTES, MAX_REQUEST_ID_BYTES } from '../../contract/limits.ts';
import { RefusedError } from '../../errors.ts';

/** A client's message: `{action, request_id?, …}`. */
export interface Frame {
  action: string;
  /** The answer repeats it. */
  requestId: string | undefined;
  /** All fields, not validated: each action parses its own. */
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

/** Parses the body of a WebSocket event. @throws {RefusedError} for an invalid frame */
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
    /** The context that `connectAuthorizer` returned; absent if votes need no token. */
    authorizer?: { token?: string };
    /** The address of the connection. */
    identity?: { sourceIp?: string };
  };
  /** Only present at the handshake. */
  headers?: Record<string, string | undefined>;
  /** Only present at the handshake. */
  queryStringParameters?: Record<string, string | undefined>;
}

/** A message with its parsed frame. */
export interface FrameEvent extends ConnectionEvent {
  /** Text on AWS; the emulator passes bytes for a binary frame. */
  body?: unknown;
  frame: Frame;
}

/** The response of a route. API Gateway sends its body, if any, to the client. */
export interface WebSocketResponse {
  statusCode: number;
  body?: string;
}
