import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, type KafkaConfig as KafkaJsConfig, logLevel } from 'kafkajs';
import { deadlineIn, monotonicMs, wallClockMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import { awsCredentials, type KafkaConfig } from '../config.ts';
import { presign } from '../tokens/signatureV4.ts';
import { createBackOff } from './backOff.ts';
import { brokersInTurn } from './patches/brokersInTurn.ts';
import { patchKafkaJs } from './patches/patchKafkaJs.ts';

// KafkaJS is unmaintained, so only this folder depends on it.
patchKafkaJs();

const CONNECT_TIMEOUT_MS = 1_000;
// For a broker that hangs. Well above what a healthy one takes under load, and short enough for one more try
// while a voter waits.
const REQUEST_TIMEOUT_MS = 3_000;

/** Issues a token per connection, with the function's role. */
function iamAuthentication(region: string): Pick<KafkaJsConfig, 'ssl' | 'sasl'> {
  const oauthBearerProvider = async () => ({ value: mskToken(region) });
  return { ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } };
}

/** Creates a KafkaJS client without retries and with bounded timeouts: callers retry, since they know their
 * deadline. Each producer, consumer or admin that it makes connects to the next broker of the list, see
 * `connectAny`. */
export function kafkaClient(config: KafkaConfig): Kafka {
  return new Kafka({
    ...brokersInTurn(config.brokers),
    clientId: config.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 0 },
    // Failures surface as errors, and the caller that gives up logs them once. KafkaJS would fill the log
    // during a broker's outage.
    logLevel: logLevel.NOTHING,
    ...(config.auth === 'iam' ? iamAuthentication(config.region ?? 'us-east-1') : {}),
  });
}

/** A producer, consumer or admin client of KafkaJS. */
interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

// A healthy broker answers within milliseconds. One that hangs accepts connections but never answers.
const BROKER_TIMEOUT_MS = 1_500;
const PAUSE_MS = 100;
// Enough for three brokers, two of them hanging.
const CONNECT_ANY_TIMEOUT_MS = 5_000;

/**
 * Connects to any broker: each try makes a new client, which `kafkaClient` directs to the next broker.
 *
 * @param deadline of the monotonic clock; at least one try is made
 * @param wait for so many milliseconds
 * @throws KafkaJSError of the last try, or UnavailableError if it timed out
 */
export async function connectAny<C extends Connectable>(
  make: () => C,
  deadline = deadlineIn(CONNECT_ANY_TIMEOUT_MS),
  wait: (ms: number) => Promise<unknown> = delay,
): Promise<C> {
  const backOff = createBackOff(PAUSE_MS);
  for (;;) {
    const made = make();
    try {
      await withDeadline(made.connect(), deadlineIn(BROKER_TIMEOUT_MS), 'Kafka');
      return made;
    } catch (error) {
      // Not awaited: it waits for pending requests.
      made.disconnect().catch(() => undefined);
      const pauseMs = backOff(error);
      if (monotonicMs() + pauseMs >= deadline) throw error;
      await wait(pauseMs);
    }
  }
}

/** The lifetime of a token; MSK's maximum. */
const TOKEN_SECONDS = 900;

/** Issues a token for a connection to MSK: a presigned connect request, signed with the credentials that
 * Lambda puts in the environment.
 * @throws ConfigError without credentials */
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
