import { hash } from 'node:crypto';
import type { RealtimeConfig } from '../../config.ts';
import { canonicalPath, percentEncode } from '../../tokens/signatureV4.ts';
import { createSigner } from './signPost.ts';

const CONTENT_TYPE = 'application/octet-stream';

/** The parts shared by all posts of the same payload. */
interface Body {
  /** One character per byte. */
  text: string;
  bodyHash: string;
}

/** Returns an HTTP request, one character per byte.
 * @param nowMs milliseconds since 1970 */
export type RenderPost = (connectionId: string, payload: Buffer, nowMs: number) => string;

/** Renders POSTs to the @connections of one API, signed if it has credentials. Hashes a payload once for all
 * its connections. */
export function createRenderer({ endpoint, region, credentials }: RealtimeConfig): RenderPost {
  const { host, pathname } = new URL(endpoint);
  const prefix = `${pathname.replace(/\/$/, '')}/@connections/`;
  const canonicalPrefix = canonicalPath(prefix);
  const sign = credentials ? createSigner(credentials, region) : () => '';
  const bodies = new WeakMap<Buffer, Body>();

  function bodyOf(payload: Buffer): Body {
    const known = bodies.get(payload);
    if (known) return known;
    const body = { text: payload.toString('latin1'), bodyHash: hash('sha256', payload) };
    bodies.set(payload, body);
    return body;
  }

  return (connectionId, payload, nowMs) => {
    const { text, bodyHash } = bodyOf(payload);
    const id = percentEncode(connectionId);
    const contentLength = payload.length;
    const signable = { host, contentType: CONTENT_TYPE, contentLength, bodyHash };
    const signed = sign({ ...signable, canonicalPath: canonicalPrefix + percentEncode(id) }, nowMs);
    return (
      `POST ${prefix}${id} HTTP/1.1\r\nhost:${host}\r\ncontent-type:${CONTENT_TYPE}\r\n` +
      `content-length:${contentLength}\r\n${signed}\r\n${text}`
    );
  };
}
