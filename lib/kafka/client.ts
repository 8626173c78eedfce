import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, type KafkaConfig as KafkaJsConfig, logLevel } from 'kafkajs';
import { deadlineIn, monotonicMs, wallClockMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import { awsCredentials, type KafkaConfig } from '../config.ts';
import { presign } from '../tokens/signatureV4.ts';
import { patchKafkaJs, takeTurns } from './patches/patchKafkaJs.ts';

// KafkaJS is unmaintained, so this folder is the only place that knows it.
patchKafkaJs();

const CONNECT_TIMEOUT_MS = 1_000;
// A broker that hangs answers nothing. Three seconds are well above what a healthy one takes under load,
// and leave room for one more try inside the bound that a voter waits.
const REQUEST_TIMEOUT_MS = 3_000;

/** A token is made for each connection, with the role of the function. */
function iamAuthentication(region: string): Pick<KafkaJsConfig, 'ssl' | 'sasl'> {
  const oauthBearerProvider = async () => ({ value: mskToken(region) });
  return { ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } };
}

/** A KafkaJS client that tries everything once, in bounded time: retrying is for those who know how long
 * their caller will wait. Whatever it makes connects to another broker than the one made before, see
 * `connectAny`. */
export function kafkaClient(config: KafkaConfig): Kafka {
  return new Kafka({
    brokers: takeTurns(config.brokers),
    clientId: config.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: 0 },
    // Its faults come back as errors, which are logged once by whoever gives up: a broker that is away for
    // a minute would otherwise fill the log with lines that nobody can act upon.
    logLevel: logLevel.NOTHING,
    ...(config.auth === 'iam' ? iamAuthentication(config.region ?? 'us-east-1') : {}),
  });
}

/** A producer, consumer or admin client of KafkaJS. */
interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

// A healthy broker answers within milliseconds. One that hangs takes connections and says nothing, so after this
// the next one is asked.
const PATIENCE_WITH_ONE_MS = 1_500;
const PAUSE_MS = 100;
/** Long enough for three brokers, two of which hang. */
const PATIENCE_MS = 5_000;

/**
 * Connects to whichever broker answers: each try is a new client, which `kafkaClient` sends to the next broker
 * of its list.
 *
 * @param deadline of the monotonic clock; one try is made in any case
 * @throws KafkaJSError of the last try, or UnavailableError if that one did not answer
 */
export async function connectAny<C extends Connectable>(
  make: () => C,
  deadline = deadlineIn(PATIENCE_MS),
): Promise<C> {
  for (;;) {
    const made = make();
    try {
      await withDeadline(made.connect(), deadlineIn(PATIENCE_WITH_ONE_MS), 'Kafka');
      return made;
    } catch (error) {
      // It waits for requests under way, which nobody needs any more.
      made.disconnect().catch(() => undefined);
      if (monotonicMs() + PAUSE_MS >= deadline) throw error;
      await delay(PAUSE_MS);
    }
  }
}

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
