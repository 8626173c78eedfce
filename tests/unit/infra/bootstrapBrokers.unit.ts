import { expect, test } from '@jest/globals';
import { awsApi } from '../../../lib/config.ts';
import { ConfigError, UnavailableError } from '../../../lib/errors.ts';
import { bootstrapBrokers } from '../../../lib/infra/deploy/bootstrapBrokers.ts';
import { startMskApi } from '../../support/kafka/mskApi.ts';

const ARN = 'arn:aws:kafka:eu-west-1:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

/** Asks an MSK that answers so. */
async function ask(status: number, answer: object) {
  const msk = await startMskApi(answer, status);
  const env = { ...CREDENTIALS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_KAFKA: msk.endpoint };
  try {
    return { brokers: await bootstrapBrokers(ARN, awsApi('kafka', env)), paths: msk.paths };
  } finally {
    await msk.stop();
  }
}

test('the brokers with IAM authentication are asked of the cluster’s own path', async () => {
  const { brokers, paths } = await ask(200, {
    bootstrapBrokerString: 'plain:9092',
    bootstrapBrokerStringSaslIam: 'b-1:9098,b-2:9098',
  });
  expect(brokers).toBe('b-1:9098,b-2:9098');
  expect(paths).toEqual([`/v1/clusters/${encodeURIComponent(ARN)}/bootstrap-brokers`]);
});

test('a refusal is retryable and repeats MSK’s words', async () => {
  const refused = ask(403, { message: 'not authorized' });
  await expect(refused).rejects.toThrow(UnavailableError);
  await expect(refused).rejects.toThrow(/MSK answered 403 for arn:.*not authorized/);
});

test('a cluster without IAM authentication is a mistake of the configuration', async () => {
  await expect(ask(200, { bootstrapBrokerString: 'plain:9092' })).rejects.toThrow(ConfigError);
});
