import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** The emulator passes bodies of this type on byte for byte. It decodes all others, invalid UTF-8 included, and it parses
 * JSON, which is lost if it is not an object. The functions see the client's own type. */
const BYTES = 'application/octet-stream';
/** The emulator takes what an authorizer says from this header, and logs an error if it is not JSON. */
const OVERRIDE = 'sls-offline-authorizer-override';
const HALF_ESCAPED = /%(?![0-9a-f]{2})/gi;

function canDecode(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Makes a path decodable: a `%` that is not part of a valid UTF-8 escape is escaped itself. */
export function decodablePath(path: string): string {
  const escaped = path.replace(HALF_ESCAPED, '%25');
  return canDecode(escaped) ? escaped : escaped.replaceAll('%', '%25');
}

/** Returns the host, or `localhost` if no URL can contain it. */
export function readableHost(host: string): string {
  return URL.canParse(`http://${host}`) ? host : 'localhost';
}

function correct(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '').split('?');
  if (!canDecode(path)) request.url = [decodablePath(path), ...query].join('?');
  const { headers } = request;
  if (headers.host !== undefined) headers.host = readableHost(headers.host);
  headers['content-type'] = BYTES;
  // The emulator handles these itself: it answers a preflight with 200 and its own headers instead of those of the
  // function, a range request with a part of the function's response, and it unpacks bodies.
  delete headers.origin;
  delete headers.range;
  delete headers['content-encoding'];
  removeHeader(request.rawHeaders, OVERRIDE);
}

/** @param rawHeaders names and values in turn */
export function removeHeader(rawHeaders: string[], name: string): void {
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (rawHeaders[at]?.toLowerCase() === name) rawHeaders.splice(at, 2);
  }
}

/** Rewrites requests so that they reach the functions unchanged in meaning. The emulator's HTTP server rejects malformed
 * paths, hosts and content types with its own response and without CORS; the functions answer 404 and 415. */
export function normalizeRequests(): void {
  subscribe('http.server.request.start', (message) =>
    correct((message as { request: IncomingMessage }).request),
  );
}
