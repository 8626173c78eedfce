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

function correct(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '').split('?');
  if (!canDecode(path)) request.url = [decodablePath(path), ...query].join('?');
  const type = request.headers['content-type'];
  // The emulator's server parses no body, and gives functions the header as it came.
  if (type !== undefined) request.headers['content-type'] = readableType(type);
}

/** The emulator's HTTP server refuses paths that it cannot decode, and content types that it cannot read, in
 * words of its own and without CORS. This lets such requests reach the functions, which say 404 and 415. */
export function takeAnyRequest(): void {
  subscribe('http.server.request.start', (message) =>
    correct((message as { request: IncomingMessage }).request),
  );
}
