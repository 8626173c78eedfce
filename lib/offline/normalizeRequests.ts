import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

// A multipart type is nothing without its boundary.
const MEDIA_TYPE = /^(?!multipart\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/i;
const HALF_ESCAPED = /%(?![0-9a-f]{2})/gi;

function canDecode(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** A path that can be decoded: what is no escape, or none of UTF-8, stands for itself. */
export function decodablePath(path: string): string {
  const escaped = path.replace(HALF_ESCAPED, '%25');
  return canDecode(escaped) ? escaped : escaped.replaceAll('%', '%25');
}

/** The media type without its parameters; any that has none, or needs one, is just bytes. */
export function readableType(contentType: string): string {
  const [type = ''] = contentType.split(';');
  return MEDIA_TYPE.test(type.trim()) ? type.trim() : 'application/octet-stream';
}

/** The host as it was named, unless no URL could hold it. */
export function readableHost(host: string): string {
  return URL.canParse(`http://${host}`) ? host : 'localhost';
}

function correct(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '').split('?');
  if (!canDecode(path)) request.url = [decodablePath(path), ...query].join('?');
  const { headers } = request;
  const { host, 'content-type': type } = headers;
  if (host !== undefined) headers.host = readableHost(host);
  // The emulator's server parses no body, and gives functions the header as it came.
  if (type !== undefined) headers['content-type'] = readableType(type);
  // To these it answers by itself: to a preflight with 200 and headers of its own, whatever the function said, and
  // to a range with a part of the function's answer.
  delete headers.origin;
  delete headers.range;
}

/** The emulator's HTTP server refuses paths that it cannot decode, hosts and content types that it cannot read, in
 * words of its own and without CORS. This lets such requests reach the functions, which say 404 and 415, and keeps
 * it from changing their answers. */
export function normalizeRequests(): void {
  subscribe('http.server.request.start', (message) =>
    correct((message as { request: IncomingMessage }).request),
  );
}
