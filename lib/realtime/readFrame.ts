import { RefusedError } from '../errors.ts';

/** What a client said: `{action, request_id?, …}`. */
export interface Frame {
  action: string;
  /** Comes back with the answer. */
  requestId: string | undefined;
  /** All of it, unchecked: each action knows what it needs. */
  fields: Record<string, unknown>;
}

/** API Gateway closes connections that send larger frames; the emulator would take anything. */
export const MAX_FRAME_BYTES = 32 * 1_024;
/** It travels with a vote and comes back with the word of it, which thousands share a record for. */
export const MAX_REQUEST_ID_BYTES = 100;
/** As a JSON schema says it. A control character takes six bytes in JSON. */
export const REQUEST_ID_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

const requestIdPattern = new RegExp(REQUEST_ID_PATTERN);

export function isRequestId(text: string): boolean {
  const isShort = Buffer.byteLength(text) <= MAX_REQUEST_ID_BYTES;
  return isShort && text.isWellFormed() && requestIdPattern.test(text);
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
