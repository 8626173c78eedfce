import { hostname } from 'node:os';
import { Kafka, logLevel } from 'kafkajs';
import { brokersInTurn } from '../../kafka/patches/brokersInTurn.ts';
import { orderJoins } from '../../kafka/patches/orderJoins.ts';
import { patchConsumers } from '../../kafka/patches/patchConsumers.ts';
import { patchKafkaJs } from '../../kafka/patches/patchKafkaJs.ts';

const NAME = 'serverless-offline-msk-event-source';

// A broker that hangs delays its partitions by this time; KafkaJS's default is 30 s.
const REQUEST_TIMEOUT_MS = 5_000;
// Elections take seconds, and KafkaJS's default back-off soon grows to one try every five seconds.
const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 500 };

/** The process that a client id names; `evictDeadMembers` reads it from the members of a group. */
export interface ClientProcess {
  readonly host: string;
  readonly pid: number;
}

/** @param instance distinguishes this system from others in the same group; may be empty, must not contain `@` */
export function clientIdOf({ host, pid }: ClientProcess, instance = ''): string {
  return `${NAME}.${instance}@${host}/${pid}`;
}

/** @returns undefined for a client id of another program */
export function readClientId(clientId: string): ClientProcess | undefined {
  const [, host, pid] = /^serverless-offline-msk-event-source\.[^@]*@(.+)\/(\d+)$/.exec(clientId) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid) };
}

export const thisProcess: ClientProcess = { host: hostname(), pid: process.pid };

/** Creates the KafkaJS client of an event source. */
export function kafkaFor(brokers: readonly string[], instance = ''): Kafka {
  patchKafkaJs();
  patchConsumers();
  orderJoins();
  return new Kafka({
    clientId: clientIdOf(thisProcess, instance),
    ...brokersInTurn(brokers),
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
  });
}
