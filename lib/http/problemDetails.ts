import type { MiddlewareObj } from '@middy/core';
import {
  BadTokenError,
  CHALLENGE,
  ERRORS,
  RefusedError,
  TooManyRequestsError,
  UnavailableError,
} from '../errors.ts';
import { log } from '../log.ts';
import { outages } from '../outages.ts';
import { quotaHeaders } from './quotas.ts';
import type { Headers, HttpEvent, HttpResponse } from './respond.ts';

// Of the status, as in RFC 9110; `type` and `code` say more. Node has older names, and importing `node:http` adds 60 ms
// to every cold start.
const TITLE = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [409, 'Conflict'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [415, 'Unsupported Media Type'],
  [422, 'Unprocessable Content'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

// A failover usually takes some seconds.
const RETRY_AFTER_SECONDS = '2';

/** What a code means is in the document that describes the API. */
const typeOf = (code: string) => `/openapi.json#/components/responses/${code}`;

/** An RFC 9457 response. `errors` lists every invalid field of a request. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: { errors?: unknown[]; headers?: Headers } = {},
): HttpResponse {
  const title = TITLE.get(status) ?? 'Error';
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
  if (error.code !== 'unauthorized') return {};
  return {
    'www-authenticate': error instanceof BadTokenError ? CHALLENGE.badToken : CHALLENGE.noToken,
  };
}

function problemOf(error: unknown): HttpResponse {
  if (error instanceof RefusedError) {
    const headers = headersOf(error);
    return problem(ERRORS[error.code].status, error.code, error.message, { errors: error.fields, headers });
  }
  if (error instanceof UnavailableError) {
    outages.fault('Answering requests', error);
    const { status, detail } = ERRORS.unavailable;
    return problem(status, error.code, detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
  }
  log.error('Request failed.', { error });
  const { status, detail } = ERRORS.internal_error;
  return problem(status, 'internal_error', detail);
}

/** Maps errors to responses, the only place where errors have HTTP statuses. Internal errors stay vague. */
export function problemDetails(): MiddlewareObj<HttpEvent, HttpResponse> {
  return {
    onError: (request) => {
      request.response = problemOf(request.error);
    },
  };
}
