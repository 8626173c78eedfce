import { revalidatedJson } from './respond.ts';
import type { HttpEvent, HttpResponse } from './types.ts';

// Only a deployment changes such a document; for some minutes after one, a reader may see the former.
const FRESH_SECONDS = 300;

/** A document that is the same for every reader, with an ETag. */
export function sharedDocument(event: HttpEvent, document: object): HttpResponse {
  const { headers, ...response } = revalidatedJson(event, document, 'live');
  return { ...response, headers: { ...headers, 'cache-control': `public, max-age=${FRESH_SECONDS}` } };
}
