import type { AwsCredentials } from '../../config.ts';
import {
  ALGORITHM,
  deriveKey,
  type SignText,
  scopeOf,
  signatureOf,
  stampOf,
} from '../../tokens/signatureV4.ts';

const SERVICE = 'execute-api';

export interface Unsigned {
  host: string;
  /** The result of `canonicalPath` for the path that is sent. */
  canonicalPath: string;
  contentType: string;
  contentLength: number;
  /** SHA-256 of the body, in hex. */
  bodyHash: string;
}

/** The parts shared by all signatures of one second. */
interface Stamp {
  second: number;
  /** The value of `x-amz-date`, `20260131T235959Z`. */
  date: string;
  /** The day, region and service for which the key is valid. */
  scope: string;
  sign: SignText;
}

/**
 * Signs POSTs with AWS Signature Version 4, as the AWS SDK does. Derives the key once a day, which leaves two
 * hashes per post.
 *
 * @returns a function from a request and the time (milliseconds since 1970) to its additional header lines
 */
export function createSigner({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials, region: string) {
  const tokenLine = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}`;
  const names = `content-length;content-type;host;x-amz-content-sha256;x-amz-date${tokenLine && ';x-amz-security-token'}`;
  let stamp: Stamp | undefined;

  function stampAt(nowMs: number): Stamp {
    const second = Math.floor(nowMs / 1_000);
    if (stamp?.second === second) return stamp;
    const date = stampOf(nowMs);
    const scope = scopeOf(date, region, SERVICE);
    const sign = stamp?.scope === scope ? stamp.sign : deriveKey(secretAccessKey, scope);
    stamp = { second, date, scope, sign };
    return stamp;
  }

  return (unsigned: Unsigned, nowMs: number): string => {
    const { host, contentType, contentLength, bodyHash } = unsigned;
    const { date, scope, sign } = stampAt(nowMs);
    const request =
      `POST\n${unsigned.canonicalPath}\n\ncontent-length:${contentLength}\ncontent-type:${contentType}\n` +
      `host:${host}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${date}\n${tokenLine && `${tokenLine}\n`}\n` +
      `${names}\n${bodyHash}`;
    const signature = signatureOf(sign, date, scope, request);
    return (
      `x-amz-content-sha256:${bodyHash}\r\nx-amz-date:${date}\r\n${tokenLine && `${tokenLine}\r\n`}` +
      `authorization:${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, ` +
      `Signature=${signature}\r\n`
    );
  };
}
