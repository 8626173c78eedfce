import type { MiddlewareObj } from '@middy/core';
import type { ServerMessage } from '../../contract/messageTypes.ts';
import { ERRORS, RefusedError, UnavailableError, unavailableIfTimedOut } from '../../errors.ts';
import { log } from '../../log.ts';
import { outages } from '../../outages.ts';
import { type FrameEvent, readFrame, type WebSocketResponse } from './readFrame.ts';

const WHAT = 'Answering messages';

function errorMessage(error: unknown): ServerMessage {
  if (error instanceof RefusedError) return { type: 'ERROR', code: error.code, detail: error.message };
  if (error instanceof UnavailableError) {
    outages.fault(WHAT, error);
    return { type: 'ERROR', code: error.code, detail: ERRORS.unavailable.detail };
  }
  log.error('Message failed.', { error });
  return { type: 'ERROR', code: 'internal_error', detail: ERRORS.internal_error.detail };
}

function toResponse(message: ServerMessage, requestId: string | undefined): WebSocketResponse {
  const reply = requestId === undefined ? message : { ...message, request_id: requestId };
  // 200 even for an ERROR: API Gateway replaces the body of any other status.
  return { statusCode: 200, body: JSON.stringify(reply) };
}

/** Parses the client's frame before the handler. Sends the handler's result, or an ERROR for what it throws,
 * with the frame's `request_id`. The connection stays open in any case. */
export function answerFrames(): MiddlewareObj<FrameEvent, ServerMessage | WebSocketResponse> {
  return {
    before: (request) => {
      request.event.frame = readFrame(request.event.body);
    },
    after: (request) => {
      outages.successOfOne(WHAT);
      request.response = toResponse(request.response as ServerMessage, request.event.frame.requestId);
    },
    onError: (request) => {
      // An invalid frame leaves it undefined.
      const { frame }: Partial<FrameEvent> = request.event;
      request.response = toResponse(errorMessage(unavailableIfTimedOut(request.error)), frame?.requestId);
    },
  };
}
