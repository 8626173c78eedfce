import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { SigningKey, SigningKeys } from '../config.ts';

export interface Seal {
  /** Deterministic: the same bytes give the same token. */
  close(bytes: Buffer): string;
  /** Undefined unless exactly this token was sealed for this purpose. */
  open(token: string): Buffer | undefined;
}

const SIGNATURE_BYTES = 16;
const CIPHER = 'aes-256-ctr';

function suiteOf(key: SigningKey, purpose: string) {
  return {
    kid: key.kid,
    signing: deriveKey(key, `${purpose} signature`),
    hiding: deriveKey(key, `${purpose} cipher`),
  };
}

function sign(key: KeyObject, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, SIGNATURE_BYTES);
}

/** Creates opaque tokens. The signature is also the IV of the cipher over the signed bytes (as in SIV, RFC
 * 5297, with HMAC-SHA-256), so encryption adds no bytes to a plain signature.
 * @param keys the first seals, all open
 * @param purpose tokens of one purpose cannot be opened for another
 * @param size of the payload in bytes; any size if undefined */
export function createSeal(keys: SigningKeys, purpose: string, size?: number): Seal {
  const suites = keys.map((key) => suiteOf(key, purpose));
  const { kid, signing, hiding } = suiteOf(keys[0], purpose);

  return {
    close(bytes) {
      const signature = sign(signing, bytes);
      const hidden = createCipheriv(CIPHER, hiding, signature).update(bytes);
      return `${kid}.${Buffer.concat([signature, hidden]).toString('base64url')}`;
    },
    open(token) {
      const [kid, text = '', ...rest] = token.split('.');
      const suite = suites.find((one) => one.kid === kid);
      const given = strictBase64Url(text);
      const length = (given?.length ?? 0) - SIGNATURE_BYTES;
      if (!suite || !given || rest.length > 0 || length < 0 || length !== (size ?? length)) return undefined;
      const signature = given.subarray(0, SIGNATURE_BYTES);
      const hidden = given.subarray(SIGNATURE_BYTES);
      const bytes = createDecipheriv(CIPHER, suite.hiding, signature).update(hidden);
      return timingSafeEqual(sign(suite.signing, bytes), signature) ? bytes : undefined;
    },
  };
}

/** Derives a separate key per purpose, so a signature for one is worthless for another. A key object, because
 * Node 24 takes 20 µs more per use of a buffer key. */
export function deriveKey(key: SigningKey, purpose: string): KeyObject {
  return createSecretKey(createHmac('sha256', key.secret).update(purpose).digest());
}

/** Strict, because Node's decoder ignores invalid characters and trailing bits: one token, several texts. */
function strictBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Seals the address of a client that waits for its vote's outcome: castVote seals, tallyVotes opens. */
export const createReplySeal = (keys: SigningKeys): Seal => createSeal(keys, 'waiter');
