import { expect, test } from '@jest/globals';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { mskToken } from '../../../lib/kafka/client.ts';

/** The presigned request in a token; the user agent is outside the signature. */
function requestIn(token: string): Record<string, string> {
  const url = new URL(Buffer.from(token, 'base64url').toString());
  url.searchParams.delete('User-Agent');
  return { address: `${url.origin}${url.pathname}`, ...Object.fromEntries(url.searchParams) };
}

function timeOf(stamp = ''): number {
  return Date.parse(stamp.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
}

test.each([
  [
    'of a role',
    { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'a/b+c', sessionToken: "IQoJb3JpZ2luX2VjE(!')*=/+ ~" },
  ],
  ['of a user', { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: undefined }],
])("a token from credentials %s equals AWS's own", async (_, credentials) => {
  const { sessionToken, ...keys } = credentials;
  const reference = await generateAuthTokenFromCredentialsProvider({
    region: 'eu-central-1',
    awsCredentialsProvider: async () => (sessionToken === undefined ? keys : { ...keys, sessionToken }),
  });
  const expected = requestIn(reference.token);
  const token = mskToken('eu-central-1', credentials, timeOf(expected['X-Amz-Date']));
  expect(requestIn(token)).toEqual(expected);
});
