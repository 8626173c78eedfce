import { wallClockMs } from '../clock.ts';
import { awsCredentials, type PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { presign } from '../signatureV4.ts';

/** How long a token opens connections; RDS allows no more. */
const TOKEN_SECONDS = 900;

/**
 * The password of RDS's IAM authentication: a presigned request to connect, made of the credentials that Lambda
 * puts in the environment.
 *
 * @throws ConfigError without region or credentials
 */
export function iamToken(
  config: PostgresConfig,
  credentials = awsCredentials(),
  nowMs = wallClockMs(),
): string {
  if (!config.region) throw new ConfigError('IAM authentication needs AWS_REGION.');
  const request = {
    host: `${config.host}:${config.port}`,
    service: 'rds-db',
    region: config.region,
    query: { Action: 'connect', DBUser: config.user },
    seconds: TOKEN_SECONDS,
  };
  return presign(request, credentials, nowMs);
}
