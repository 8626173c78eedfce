import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { SigningKey } from '../config.ts';

/** A key of its own for each purpose, so that what one of them signs is worth nothing to another. As a key
 * object, since Node 24 takes 20 µs more for each use of a key in a buffer. */
export function deriveKey(key: SigningKey, purpose: string): KeyObject {
  return createSecretKey(createHmac('sha256', key.secret).update(purpose).digest());
}

/** Reads base64url strictly: Node's own decoder overlooks strange characters and loose bits, so that several
 * texts would be the same token. */
export function strictBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
