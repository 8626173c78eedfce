import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { titleOf } from '../../contract/statusTitles.ts';
import { ERRORS, type ErrorCode } from '../../errors.ts';
import { ANY_ORIGIN } from '../../http/cors.ts';
import { problem } from '../../http/problemDetails.ts';
import { acceptCrowds } from './acceptCrowds.ts';
import { limitPipelining } from './limitPipelining.ts';

const CODES: Record<number, ErrorCode> = {
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};
/** What Node calls a request that it cannot read, if its status is not 400. */
const STATUSES: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** The parts of the emulator's web framework, hapi, in use here. */
interface Hapi {
  listener: Server;
  ext(event: 'onPreResponse', method: (request: HapiRequest, toolkit: Toolkit) => unknown): void;
  start(): Promise<void>;
}
interface HapiRequest {
  response: { isBoom?: boolean; output: { statusCode: number; headers: Record<string, string> } };
}
interface Toolkit {
  continue: symbol;
  response(body: string | undefined): HapiResponse;
}
interface HapiResponse {
  code(status: number): HapiResponse;
  header(name: string, value: string): HapiResponse;
}

/** The problem with a request that reaches no function. */
export function problemWith(status: number) {
  const code = CODES[status] ?? (status < 500 ? 'invalid_request' : 'internal_error');
  const detail = code === 'invalid_request' ? 'The HTTP request is malformed.' : ERRORS[code].detail;
  const { headers, body } = problem(status, code, detail);
  return { statusCode: status, headers: { ...headers, ...ANY_ORIGIN }, body };
}

/** The bytes of a response to a request that cannot be read, which ends the connection. */
export function lastResponse(errorCode = ''): string {
  const { statusCode, headers, body = '' } = problemWith(STATUSES[errorCode] ?? 400);
  const all = { ...headers, connection: 'close', 'content-length': `${Buffer.byteLength(body)}` };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${statusCode} ${titleOf(statusCode)}`, ...lines, '', body].join('\r\n');
}

/** Makes the errors of the emulator's web framework problems as those of the functions, bounds what a connection asks
 * for at a time, and lets many connect at once. */
export function answerAsProblems(): void {
  const { Server }: { Server: new () => Hapi } = createRequire(import.meta.resolve('serverless-offline'))(
    '@hapi/hapi',
  );
  const prototype: Hapi = Object.getPrototypeOf(new Server());
  const { start } = prototype;
  prototype.start = function (this: Hapi) {
    this.ext('onPreResponse', ({ response }, toolkit) => {
      if (!response.isBoom) return toolkit.continue;
      const { statusCode, headers, body } = problemWith(response.output.statusCode);
      const answer = toolkit.response(body).code(statusCode);
      const all = { ...response.output.headers, ...headers };
      for (const [name, value] of Object.entries(all)) answer.header(name, `${value}`);
      return answer;
    });
    acceptCrowds(this.listener);
    answerUnreadable(this.listener, limitPipelining(this.listener));
    return start.call(this);
  };
}

/** hapi answers an unreadable request with a bare status line, unless another request of the connection is running. */
function answerUnreadable(listener: Server, running: (socket: Duplex) => number): void {
  const others = listener.listeners('clientError');
  listener.removeAllListeners('clientError');
  listener.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (running(socket) > 0 || !socket.writable)
      for (const answer of others) answer.call(listener, error, socket);
    else socket.end(lastResponse(error.code));
  });
}
