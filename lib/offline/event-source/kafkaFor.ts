import { hostname } from 'node:os';
import { Kafka, logLevel } from 'kafkajs';
import { patchKafkaJs, takeTurns } from '../../kafka/patches/patchKafkaJs.ts';
import { patchReading } from '../../kafka/patches/patchReading.ts';

const NAME = 'serverless-offline-msk-event-source';

// A broker that hangs holds up its partitions for so long; KafkaJS by itself waits 30 s.
const REQUEST_TIMEOUT_MS = 5_000;
// A coordinator or a leader is elected anew within seconds, and KafkaJS would soon ask every five only.
const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 500 };

/** The process behind a client id: members of a group are known by it, see `evictDeadMembers`. */
export interface ClientProcess {
  readonly host: string;
  readonly pid: number;
}

/** @param instance told apart from others by whoever looks at a group; may be empty, and holds no `@` */
export function clientIdOf({ host, pid }: ClientProcess, instance = ''): string {
  return `${NAME}.${instance}@${host}/${pid}`;
}

/** @returns undefined for a client id that is none of ours */
export function readClientId(clientId: string): ClientProcess | undefined {
  const [, host, pid] = /^serverless-offline-msk-event-source\.[^@]*@(.+)\/(\d+)$/.exec(clientId) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid) };
}

export const thisProcess: ClientProcess = { host: hostname(), pid: process.pid };

/** A KafkaJS client as an event source wants it. */
export function kafkaFor(brokers: readonly string[], instance = ''): Kafka {
  patchKafkaJs();
  patchReading();
  return new Kafka({
    clientId: clientIdOf(thisProcess, instance),
    brokers: takeTurns(brokers),
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
  });
}
