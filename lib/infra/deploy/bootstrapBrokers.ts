import { wallClockMs } from '../../clock.ts';
import type { AwsApi } from '../../config.ts';
import { ConfigError, UnavailableError } from '../../errors.ts';
import { percentEncode, signGet } from '../../tokens/signatureV4.ts';

const TIMEOUT_MS = 5_000;

/** Asks MSK for the addresses of a cluster's brokers with IAM authentication (GetBootstrapBrokers), without the AWS SDK,
 * which is a hundred times as large.
 * @returns `host:9098,host:9098`
 * @throws {UnavailableError} with what MSK answers, also without permission: a new role takes seconds to work
 * @throws {ConfigError} if the cluster has no IAM authentication */
export async function bootstrapBrokers(clusterArn: string, api: AwsApi): Promise<string> {
  const path = `/v1/clusters/${percentEncode(clusterArn)}/bootstrap-brokers`;
  const headers = signGet({ ...api, service: 'kafka', path }, wallClockMs());
  const response = await fetch(api.endpoint + path, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (!response.ok) throw new UnavailableError(`MSK answered ${response.status} for ${clusterArn}: ${text}`);
  const { bootstrapBrokerStringSaslIam: brokers }: { bootstrapBrokerStringSaslIam?: string } =
    JSON.parse(text);
  if (brokers) return brokers;
  throw new ConfigError(`The cluster ${clusterArn} has no brokers with IAM authentication.`);
}
