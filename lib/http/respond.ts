import { createHash } from 'node:crypto';
import type { Headers, HttpEvent, HttpResponse } from './types.ts';

/** A JSON answer that nobody keeps, unless `headers` say otherwise. */
export function json(statusCode: number, body: unknown, headers: Headers = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

export interface Reading {
  /** Whether the answer is for this reader alone. */
  isPrivate: boolean;
  /** What makes two answers the same, where the body also says when it was made. */
  comparable?: unknown;
}

const ETAG_CHARACTERS = 27;

/** Compares as RFC 9110 asks for reads: a weak tag equals the strong one. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag.replace(/^W\//, ''));
}

/** A JSON answer with an ETag, or 304 to who has it already. Caches ask every time: counts move. */
export function revalidated(
  event: HttpEvent,
  body: unknown,
  { isPrivate, comparable }: Reading,
): HttpResponse {
  const digest = createHash('sha256').update(JSON.stringify(comparable ?? body));
  const tag = `"${digest.digest('base64url').slice(0, ETAG_CHARACTERS)}"`;
  const etag = comparable === undefined ? tag : `W/${tag}`;
  const headers = { etag, 'cache-control': isPrivate ? 'private, no-cache' : 'no-cache' };
  if (isKnown(event.headers['if-none-match'], etag)) return { statusCode: 304, headers };
  return json(200, body, headers);
}
