import { Kafka, type KafkaConfig as KafkaJsConfig, logLevel } from 'kafkajs';
import type { KafkaConfig } from '../config.ts';
import { mendKafkaJs } from './mended/mendKafkaJs.ts';
import { takeTurns } from './mended/takeTurns.ts';
import { mskToken } from './mskToken.ts';

// KafkaJS is unmaintained, so this folder is the only place that knows it.
mendKafkaJs();

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
