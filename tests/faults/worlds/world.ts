import type { Kafka } from 'kafkajs';
import type { Sql } from '../../../lib/sql/client.ts';
import type { System } from '../../support/system/system.ts';
import type { Broker } from './brokers.ts';
import type { Clock } from './clock.ts';
import type { FaultyProxy } from './faultyProxy.ts';

export interface Server {
  /** Undefined while it is not running: `npm start` is about to start it again. */
  readonly pid: number | undefined;
  /** Ends it at once, as a crash does; resolves when it is gone. */
  kill9(): Promise<void>;
  /** Resolves when it runs again on the same data and can be asked; one that runs well is started again. */
  revive(): Promise<void>;
}

export interface ProxiedServer extends Server {
  readonly pid: number;
  /** On the way of the functions alone. */
  proxy: FaultyProxy;
  stop(): Promise<void>;
}

export const worldNames = ['proxied', 'cluster', 'embedded'] as const;
/** One broker and PostgreSQL behind proxies; the same with three brokers; or what `npm start` brings along. */
export type WorldName = (typeof worldNames)[number];

/** What every world has. */
interface AnyWorld {
  /** The process that serves and counts. */
  system: System;
  postgres: Server;
  brokers: Server[];
  /** Past all proxies, as is `kafka`. */
  sql: Sql;
  kafka: Kafka;
  clock: Clock;
  voterSecret: string;
  stop(): Promise<void>;
}

export interface ProxiedWorld extends AnyWorld {
  name: 'proxied' | 'cluster';
  /** `port` is past the proxy. */
  postgres: ProxiedServer & { port: number };
  brokers: Broker[];
}

export interface EmbeddedWorld extends AnyWorld {
  name: 'embedded';
}

export type World = ProxiedWorld | EmbeddedWorld;
