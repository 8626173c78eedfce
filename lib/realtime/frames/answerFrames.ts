import type { MiddlewareObj } from '@middy/core';
import type { ServerMessage } from '../../contract/messageTypes.ts';
import { ERRORS, RefusedError, UnavailableError } from '../../errors.ts';
import { log } from '../../log.ts';
import { outages } from '../../outages.ts';
import type { FrameEvent, WebSocketResponse } from './readFrame.ts';
import { readFrame } from './readFrame.ts';

function errorMessage(error: unknown): ServerMessage {
  if (error instanceof RefusedError) return { type: 'ERROR', code: error.code, detail: error.message };
  if (error instanceof UnavailableError) {
    outages.fault('Answering messages', error);
    return { type: 'ERROR', code: error.code, detail: ERRORS.unavailable.detail };
  }
  log.error('Message failed.', { error });
  return { type: 'ERROR', code: 'internal_error', detail: ERRORS.internal_error.detail };
}

function toResponse(message: ServerMessage, requestId: string | undefined): WebSocketResponse {
  const reply = requestId === undefined ? message : { ...message, request_id: requestId };
  // 200 for an ERROR as well: API Gateway would put its own words in place of another status' body.
  return { statusCode: 200, body: JSON.stringify(reply) };
}

/** Reads the client's frame before the handler; sends what the handler returns, or an ERROR for what it throws,
 * with the `request_id` of the frame. The connection stays open whatever came in. */
export function answerFrames(): MiddlewareObj<FrameEvent, ServerMessage | WebSocketResponse> {
  return {
    before: (request) => {
      request.event.frame = readFrame(request.event.body);
    },
    after: (request) => {
      request.response = toResponse(request.response as ServerMessage, request.event.frame.requestId);
    },
    onError: (request) => {
      // There is no frame yet if that is what could not be read.
      const { frame }: Partial<FrameEvent> = request.event;
      request.response = toResponse(errorMessage(request.error), frame?.requestId);
    },
  };
}
