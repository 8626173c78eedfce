import { createHash, createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import { percentEncode, signGet } from '../../../lib/tokens/signatureV4.ts';

class Sha256 {
  readonly #hash;
  constructor(secret?: Uint8Array) {
    this.#hash = secret ? createHmac('sha256', secret) : createHash('sha256');
  }
  update(data: Uint8Array) {
    this.#hash.update(data);
  }
  digest() {
    return Promise.resolve(this.#hash.digest());
  }
  reset() {}
}

const ARN = 'arn:aws:kafka:eu-west-1:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7';
const path = `/v1/clusters/${percentEncode(ARN)}/bootstrap-brokers`;
const now = Date.UTC(2026, 0, 31, 23, 59, 59);

test.each(['a session token', undefined])(
  'a GET is signed as the AWS SDK signs it, with %s',
  async (sessionToken) => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken };
    const endpoint = 'https://kafka.eu-west-1.amazonaws.com';
    const ours = signGet({ endpoint, path, service: 'kafka', region: 'eu-west-1', credentials }, now);

    const sdk = new SignatureV4({
      service: 'kafka',
      region: 'eu-west-1',
      credentials: { ...credentials, sessionToken: sessionToken as string },
      sha256: Sha256 as never,
      applyChecksum: false,
    });
    const hostname = new URL(endpoint).host;
    const request = {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path,
      query: {},
      headers: { host: hostname },
    };
    const signed = await sdk.sign(request, { signingDate: new Date(now) });
    expect(ours.authorization).toBe(signed.headers['authorization']);
  },
);
