import { wallClockMs } from '../clock.ts';
import { awsCredentials } from '../config.ts';
import { presign } from '../signatureV4.ts';

/** How long a token opens connections; MSK allows no more. */
const TOKEN_SECONDS = 900;

/**
 * The token with which a connection to MSK opens: a presigned request to connect, made of the credentials that
 * Lambda puts in the environment.
 *
 * @throws ConfigError without credentials
 */
export function mskToken(region: string, credentials = awsCredentials(), nowMs = wallClockMs()): string {
  const request = {
    host: `kafka.${region}.amazonaws.com`,
    service: 'kafka-cluster',
    region,
    query: { Action: 'kafka-cluster:Connect' },
    seconds: TOKEN_SECONDS,
  };
  const url = `https://${presign(request, credentials, nowMs)}&User-Agent=poleparty`;
  return Buffer.from(url).toString('base64url');
}
