import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../lib/concurrency/deadline.ts';
import { kafkaConfig, postgresConfig } from '../../../lib/config.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { isAlive } from '../../../lib/offline/processes.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { pingPostgres } from '../../../lib/sql/database.ts';
import { runningServerPid, type ServerName, signal } from '../../support/servers/serverProcesses.ts';
import { startPostgres } from '../../support/servers/servers.ts';
import { type System, startSystem } from '../../support/system/system.ts';
import { behindProxy } from './behindProxy.ts';
import { startBrokers } from './brokers.ts';
import { type Clock, createClock } from './clock.ts';
import { startFaultyProxy } from './faultyProxy.ts';
import type { ProxiedServer, Server, World, WorldName } from './world.ts';

const VOTER_SECRET = 'the voters of the fault suite, all of them';
const BACK_LIMIT_MS = 60_000;
/** A fault that hits one of the functions' connections leaves out the one that looks for it. */
const CONNECTIONS = '1';

/** Starts the system and its servers so that faults can be injected. */
export async function startWorld(name: WorldName): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'poleparty-faults-'));
  const clock = await createClock(folder);
  const world = await (name === 'embedded' ? startEmbedded(clock) : startProxied(name, clock));
  const stop = async () => {
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...world, stop };
}

async function startProxied(name: 'proxied' | 'cluster', clock: Clock): Promise<World> {
  const [postgres, brokers] = await Promise.all([
    startProxiedPostgres(),
    startBrokers(name === 'cluster' ? 3 : 1),
  ]);
  const stopServers = () => Promise.all([postgres.stop(), ...brokers.map((broker) => broker.stop())]);
  const system = await startSystem({
    ...clock.env,
    VOTER_SECRET,
    POSTGRES_HOST: '127.0.0.1',
    POSTGRES_PORT: `${postgres.proxy.port}`,
    KAFKA_BROKERS: brokers.map(({ proxy }) => `127.0.0.1:${proxy.port}`).join(),
    KAFKA_REPLICATION: `${brokers.length}`,
  }).catch(async (error) => {
    await stopServers();
    throw error;
  });
  const sql = database(postgres.port);
  const stop = async () => {
    await sql.end();
    await system.stop();
    await stopServers();
  };
  const kafka = kafkaAt(brokers.map(({ address }) => address));
  return { name, system, postgres, brokers, sql, kafka, clock, voterSecret: VOTER_SECRET, stop };
}

async function startProxiedPostgres(): Promise<ProxiedServer & { port: number }> {
  const server = await startPostgres();
  const proxy = await startFaultyProxy(server.port);
  return behindProxy(server, proxy, { port: server.port });
}

async function startEmbedded(clock: Clock): Promise<World> {
  const system = await startSystem({ ...clock.env, VOTER_SECRET });
  const sql = database(system.ports.postgres);
  const kafka = kafkaAt([`127.0.0.1:${system.ports.kafka}`]);
  const answers = {
    postgres: () => pingPostgres(sql),
    kafka: async () => {
      const admin = kafka.admin();
      await admin.connect();
      await admin.listTopics().finally(() => admin.disconnect());
    },
  };
  return {
    name: 'embedded',
    system,
    postgres: embeddedServer(system, 'postgres', answers.postgres),
    brokers: [embeddedServer(system, 'kafka', answers.kafka)],
    sql,
    kafka,
    clock,
    voterSecret: VOTER_SECRET,
    stop: async () => {
      await sql.end();
      await system.stop();
    },
  };
}

/** `npm start` itself must restart its servers. */
function embeddedServer(system: System, name: ServerName, answers: () => Promise<unknown>): Server {
  let killed: number | undefined;
  return {
    get pid() {
      return runningServerPid(system, name);
    },
    kill9: async () => {
      const pid = runningServerPid(system, name);
      if (pid === undefined) return;
      killed = pid;
      signal(pid, 'SIGKILL');
      await until(async () => {
        if (isAlive(pid)) throw new Error(`${name} is still there.`);
      }, BACK_LIMIT_MS);
    },
    revive: () =>
      until(async () => {
        const pid = runningServerPid(system, name);
        if (pid === undefined || pid === killed) throw new Error(`${name} has not been started again.`);
        await answers();
      }, BACK_LIMIT_MS),
  };
}

function database(port: number): Sql {
  const env = { POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${port}`, POSTGRES_POOL_SIZE: CONNECTIONS };
  return connect(postgresConfig(env));
}

const kafkaAt = (brokers: string[]) =>
  kafkaClient(kafkaConfig({ KAFKA_BROKERS: brokers.join(), KAFKA_CLIENT_ID: 'faults' }));
