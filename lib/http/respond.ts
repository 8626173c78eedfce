import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A JSON response, not cached unless `headers` say otherwise. */
export function json(statusCode: number, body: unknown, headers: Headers = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** Browsers always revalidate. `s-maxage` lets a cache in front absorb a crowd that reloads: for a second
 * while votes are counted, and for a minute once results are final, because the owner may reopen the poll. */
const CACHING = {
  private: 'private, no-cache',
  live: 'public, s-maxage=1, max-age=0, must-revalidate',
  final: 'public, s-maxage=60, max-age=0, must-revalidate',
} as const;

export type Caching = keyof typeof CACHING;

const ETAG_CHARACTERS = 27;

/** Returns the tags of `If-Match` or `If-None-Match`, without a `W/` before them. A tag may contain commas. */
export const entityTags = (header: string): string[] => header.match(/"[^"]*"/g) ?? [];

/** Weak comparison, as RFC 9110 requires for reads. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).includes(etag.replace(/^W\//, ''));
}

/** A strong entity tag: the digest of a text, and an end for other uses. */
export const tagOf = (text: string, end = '') =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, ETAG_CHARACTERS)}${end}"`;

export interface Representation {
  body: string;
  headers: Headers;
  /** Defaults to the body's digest. */
  etag?: string;
}

/** A 200 response with ETag and caching, or 304 if the client has it already. */
export function revalidated(
  event: HttpEvent,
  { body, headers, etag = tagOf(body) }: Representation,
  caching: Caching,
): HttpResponse {
  const { 'content-type': type, ...others } = headers;
  const validators = { ...others, etag, 'cache-control': CACHING[caching] };
  if (isKnown(event.headers['if-none-match'], etag)) return { statusCode: 304, headers: validators };
  return { statusCode: 200, headers: { ...validators, 'content-type': type ?? '' }, body };
}

/** `revalidated` for JSON.
 * @param comparable identifies equal responses if the body includes its own timestamp */
export function revalidatedJson(
  event: HttpEvent,
  body: unknown,
  caching: Caching,
  comparable?: unknown,
): HttpResponse {
  const weak = comparable === undefined ? {} : { etag: `W/${tagOf(JSON.stringify(comparable))}` };
  const headers = { 'content-type': 'application/json' };
  return revalidated(event, { body: JSON.stringify(body), headers, ...weak }, caching);
}

// Documents change only with a deployment, and may be stale for some minutes after one.
const FRESH_SECONDS = 300;

export function sharedDocument(event: HttpEvent, document: object): HttpResponse {
  const { headers, ...response } = revalidatedJson(event, document, 'live');
  return { ...response, headers: { ...headers, 'cache-control': `public, max-age=${FRESH_SECONDS}` } };
}

/** An HTTP API event (payload format 2.0) and a handler's response. */
export type HttpEvent = APIGatewayProxyEventV2;
export type HttpResponse = APIGatewayProxyStructuredResultV2;
export type Headers = Record<string, string>;
