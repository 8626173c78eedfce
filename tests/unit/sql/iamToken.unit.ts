import { Signer } from '@aws-sdk/rds-signer';
import { expect, test } from '@jest/globals';
import type { PostgresConfig } from '../../../lib/config.ts';
import { ConfigError } from '../../../lib/errors.ts';
import { iamToken } from '../../../lib/sql/client.ts';

const config: PostgresConfig = {
  host: 'poleparty.proxy-abc.eu-west-1.rds.amazonaws.com',
  port: 5432,
  user: "pole party's",
  password: undefined,
  database: 'poleparty',
  auth: 'iam',
  tls: 'verify',
  poolSize: 1,
  prepare: true,
  region: 'eu-west-1',
};
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/of+it' };

/** Where the token leads and all it says; the order of query parameters means nothing. */
function parts(token: string): string[] {
  const [address = '', query = ''] = token.split('?');
  return [address, ...query.split('&').sort()];
}

/** The moment that the SDK signed at, out of its token. */
function signedAt(token: string): number {
  const [, date = '', time = ''] = /X-Amz-Date=(\d{8})T(\d{6})Z/.exec(token) ?? [];
  const iso = `${date}T${time}Z`.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
  return Date.parse(iso);
}

test.each([undefined, 'FwoGZXIvYXdzEXAMPLE//+='])(
  'an IAM token equals the SDK’s, session %s',
  async (sessionToken) => {
    const { host: hostname, port, user: username, region = '' } = config;
    const credentials = { ...keys, ...(sessionToken ? { sessionToken } : {}) };
    const theirs = await new Signer({ hostname, port, username, region, credentials }).getAuthToken();
    const ours = iamToken(config, { ...keys, sessionToken }, signedAt(theirs));
    expect(parts(ours)).toEqual(parts(theirs));
  },
);

test('an IAM token requires a region', () => {
  const withoutRegion = { ...config, region: undefined };
  expect(() => iamToken(withoutRegion, { ...keys, sessionToken: undefined })).toThrow(ConfigError);
});
