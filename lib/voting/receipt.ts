import { createCipheriv, createDecipheriv, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { SigningKey, SigningKeys } from '../config.ts';
import { deriveKey, strictBase64Url } from './signingKeys.ts';

/** What is needed to look a vote up. */
export interface VoteReference {
  /** 32 hex digits. */
  pollId: string;
  /** 32 hex digits. */
  voterKey: string;
  /** Microseconds since 1970; names the ballot among those of its voter. */
  acceptedAt: number;
  /** Its place in the log. `appendTime` in milliseconds since 1970. */
  partition: number;
  offset: number;
  appendTime: number;
}

export interface Receipts {
  issue(vote: VoteReference): string;
  /** Undefined for whatever this system has not issued, down to the last bit. */
  read(receipt: string): VoteReference | undefined;
}

const SIGNATURE_BYTES = 16;
const PAYLOAD_BYTES = 56;
const CIPHER = 'aes-256-ctr';

function encode({ pollId, voterKey, acceptedAt, partition, offset, appendTime }: VoteReference): Buffer {
  const bytes = Buffer.alloc(PAYLOAD_BYTES);
  bytes.write(pollId + voterKey, 'hex');
  bytes.writeBigUInt64BE(BigInt(acceptedAt), 32);
  bytes.writeUInt32BE(partition, 40);
  bytes.writeUIntBE(offset, 44, 6);
  bytes.writeUIntBE(appendTime, 50, 6);
  return bytes;
}

function decode(bytes: Buffer): VoteReference {
  return {
    pollId: bytes.toString('hex', 0, 16),
    voterKey: bytes.toString('hex', 16, 32),
    acceptedAt: Number(bytes.readBigUInt64BE(32)),
    partition: bytes.readUInt32BE(40),
    offset: bytes.readUIntBE(44, 6),
    appendTime: bytes.readUIntBE(50, 6),
  };
}

function suiteOf(key: SigningKey) {
  return {
    kid: key.kid,
    signing: deriveKey(key, 'receipt signature'),
    hiding: deriveKey(key, 'receipt cipher'),
  };
}

function sign(key: KeyObject, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest().subarray(0, SIGNATURE_BYTES);
}

/** Receipts tell nothing to who holds them, not even how many votes came before: the signature is also the
 * start value of a cipher over what it signs (the construction of SIV, RFC 5297, with HMAC-SHA-256), which
 * costs no byte more than a signature alone.
 * @param keys the first issues, all of them read */
export function createReceipts(keys: SigningKeys): Receipts {
  const { kid, signing, hiding } = suiteOf(keys[0]);
  const suites = keys.map(suiteOf);

  return {
    issue(vote) {
      const payload = encode(vote);
      const signature = sign(signing, payload);
      const hidden = createCipheriv(CIPHER, hiding, signature).update(payload);
      return `${kid}.${Buffer.concat([signature, hidden]).toString('base64url')}`;
    },
    read(receipt) {
      const [kid, text = '', ...rest] = receipt.split('.');
      const suite = suites.find((one) => one.kid === kid);
      const bytes = strictBase64Url(text);
      if (!suite || rest.length > 0 || bytes?.length !== SIGNATURE_BYTES + PAYLOAD_BYTES) return undefined;
      const signature = bytes.subarray(0, SIGNATURE_BYTES);
      const hidden = bytes.subarray(SIGNATURE_BYTES);
      const payload = createDecipheriv(CIPHER, suite.hiding, signature).update(hidden);
      return timingSafeEqual(sign(suite.signing, payload), signature) ? decode(payload) : undefined;
    },
  };
}
