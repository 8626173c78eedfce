import type { Context } from 'aws-lambda';
import type { HttpEvent } from '../../../lib/http/respond.ts';

export interface Request {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
  isBase64Encoded?: boolean;
  pathParameters?: Record<string, string>;
  query?: Record<string, string>;
}

/** An event of an HTTP API, payload format 2.0, as API Gateway makes it. */
export function httpEvent(request: Request): HttpEvent {
  const { method = 'GET', path = '/', headers = {}, body, isBase64Encoded = false } = request;
  const queryString = new URLSearchParams(request.query).toString();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: queryString,
    headers,
    ...(request.query ? { queryStringParameters: request.query } : {}),
    ...(request.pathParameters ? { pathParameters: request.pathParameters } : {}),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2030:00:00:00 +0000',
      timeEpoch: 1_893_456_000_000,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
}

/** As much of a Lambda's context as anybody here reads. */
export const context = { getRemainingTimeInMillis: () => 10_000 } as Context;
