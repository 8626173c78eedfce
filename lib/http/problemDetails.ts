import type { MiddlewareObj } from '@middy/core';
import { titleOf } from '../contract/statusTitles.ts';
import {
  BadTokenError,
  CHALLENGE,
  ContentCodingError,
  ERRORS,
  RefusedError,
  TooManyRequestsError,
  UnavailableError,
  unavailableIfTimedOut,
} from '../errors.ts';
import { log } from '../log.ts';
import { outages } from '../outages.ts';
import { quotaHeaders } from './quotas.ts';
import type { Headers, HttpEvent, HttpResponse } from './respond.ts';

// A failover usually takes some seconds.
const RETRY_AFTER_SECONDS = '2';

const WHAT = 'Answering requests';

/** What a code means is in the document that describes the API. */
const typeOf = (code: string) => `/openapi.json#/x-problems/${code}`;

/** An RFC 9457 response. `errors` lists every invalid field of a request. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: { errors?: unknown[]; headers?: Headers } = {},
): HttpResponse {
  const title = titleOf(status);
  const errors = more.errors?.length ? { errors: more.errors } : {};
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...more.headers },
    body: JSON.stringify({ type: typeOf(code), title, status, detail, code, ...errors }),
  };
}

function headersOf(error: RefusedError): Headers {
  if (error instanceof TooManyRequestsError) {
    return { 'retry-after': `${error.quota.resetSeconds}`, ...quotaHeaders(error.quota) };
  }
  // RFC 9110: the header distinguishes this 415 from one about the media type.
  if (error instanceof ContentCodingError) return { 'accept-encoding': 'identity' };
  if (error.code !== 'unauthorized') return {};
  return {
    'www-authenticate': error instanceof BadTokenError ? CHALLENGE.badToken : CHALLENGE.noToken,
  };
}

/** The response while something is unavailable. */
export function unavailable(): HttpResponse {
  const { status, detail } = ERRORS.unavailable;
  return problem(status, 'unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}

/** The response to an error. */
function problemOf(error: unknown): HttpResponse {
  if (error instanceof RefusedError) {
    const headers = headersOf(error);
    return problem(ERRORS[error.code].status, error.code, error.message, { errors: error.fields, headers });
  }
  if (error instanceof UnavailableError) {
    outages.fault(WHAT, error);
    return unavailable();
  }
  log.error('Request failed.', { error });
  const { status, detail } = ERRORS.internal_error;
  return problem(status, 'internal_error', detail);
}

/** Maps errors to responses, with the statuses of `ERRORS`. Internal errors stay vague. */
export function problemDetails(): MiddlewareObj<HttpEvent, HttpResponse> {
  return {
    after: ({ response }) => {
      // Some outages are answered without an error, such as those that `GET /health` reports.
      if ((response?.statusCode ?? 200) < 500) outages.successOfOne(WHAT);
    },
    onError: (request) => {
      request.response = problemOf(unavailableIfTimedOut(request.error));
    },
  };
}
