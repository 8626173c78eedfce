import type { Headers, HttpEvent } from './types.ts';

/** The header that leads from this page to the next (RFC 8288), for formats that have no place for a cursor. */
export function nextPageLink(
  { rawPath, queryStringParameters }: HttpEvent,
  cursor: string | null | undefined,
): Headers {
  if (!cursor) return {};
  const query = new URLSearchParams({ ...queryStringParameters, cursor } as Record<string, string>);
  return { link: `<${rawPath}?${query}>; rel="next"` };
}
