import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A JSON answer that nobody keeps, unless `headers` say otherwise. */
export function json(statusCode: number, body: unknown, headers: Headers = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** Who may keep an answer, and for how long. Browsers always ask whether theirs still holds. A cache in front of
 * this service (`s-maxage`) spares it a crowd that reloads: for a second while votes come in; and final results
 * for as long as it likes, until their owner reopens or deletes the poll and it is told so. */
const CACHING = {
  private: 'private, no-cache',
  live: 'public, s-maxage=1, max-age=0, must-revalidate',
  final: 'public, s-maxage=31536000, max-age=0, must-revalidate',
} as const;

export type Caching = keyof typeof CACHING;

const ETAG_CHARACTERS = 27;

/** Compares as RFC 9110 asks for reads: a weak tag equals the strong one. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag.replace(/^W\//, ''));
}

const tagOf = (text: string) =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, ETAG_CHARACTERS)}"`;

export interface Representation {
  body: string;
  headers: Headers;
  /** If it is not to be the body's digest. */
  etag?: string;
}

/** A good answer with its ETag and caching, or 304 to who has it already. */
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

/** The same for JSON.
 * @param comparable what makes two answers the same, where the body also says when it was made */
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

// Only a deployment changes such a document; for some minutes after one, a reader may see the former.
const FRESH_SECONDS = 300;

/** A document that is the same for every reader, with an ETag. */
export function sharedDocument(event: HttpEvent, document: object): HttpResponse {
  const { headers, ...response } = revalidatedJson(event, document, 'live');
  return { ...response, headers: { ...headers, 'cache-control': `public, max-age=${FRESH_SECONDS}` } };
}

/** An HTTP API's event, payload format 2.0, and what a handler answers. */
export type HttpEvent = APIGatewayProxyEventV2;
export type HttpResponse = APIGatewayProxyStructuredResultV2;
export type Headers = Record<string, string>;
