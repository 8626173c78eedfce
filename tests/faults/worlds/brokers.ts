import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../../lib/concurrency/deadline.ts';
import { freePort } from '../../../lib/offline/ports.ts';
import { JVM_FLAGS } from '../../../lib/offline/servers/java.ts';
import { askForMetadata } from '../../../lib/offline/servers/kafka.ts';
import type { Supervised } from '../../../lib/offline/servers/supervised.ts';
import { inTemporaryFolder, kafkaTools } from '../../support/servers/servers.ts';
import { supervisor } from '../../support/servers/supervisor.ts';
import { behindProxy } from './behindProxy.ts';
import { type FaultyProxy, startFaultyProxy } from './faultyProxy.ts';
import type { ProxiedServer } from './world.ts';

export interface Broker extends ProxiedServer {
  /** Past the proxy. */
  address: string;
}

interface Ports {
  /** Behind the proxy. */
  proxied: number;
  /** For brokers among each other, and for the tests. */
  direct: number;
  controller: number;
}

const READY_LIMIT_MS = 90_000;

/** Kafka brokers that make one cluster. To the functions each is known by the address of a proxy before it. */
export async function startBrokers(count: number): Promise<Broker[]> {
  const clusterId = randomBytes(16).toString('base64url');
  const nodes: { ports: Ports; proxy: FaultyProxy }[] = [];
  for (let node = 0; node < count; node += 1) {
    const ports = { proxied: await freePort(), direct: await freePort(), controller: await freePort() };
    nodes.push({ ports, proxy: await startFaultyProxy(ports.proxied) });
  }
  const voters = nodes.map(({ ports }, at) => `${at + 1}@127.0.0.1:${ports.controller}`).join();
  return Promise.all(
    nodes.map(async ({ ports, proxy }, at) => {
      const properties = brokerProperties(at + 1, count, voters, ports, proxy.port);
      const server = await inTemporaryFolder((folder) => startBroker(folder, clusterId, properties, ports));
      return behindProxy(server, proxy, { address: `127.0.0.1:${ports.direct}` });
    }),
  );
}

async function startBroker(
  folder: string,
  clusterId: string,
  properties: Record<string, string | number>,
  { direct }: Ports,
): Promise<Supervised> {
  const { java, jars } = await kafkaTools();
  const file = join(folder, 'server.properties');
  const all = { ...properties, 'log.dirs': join(folder, 'data') };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(file, lines.join(''));
  const jvm = [...JVM_FLAGS, '-cp', join(jars, '*')];
  const format = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', `--cluster-id=${clusterId}`];
  await supervisor.run({
    command: java,
    args: [...jvm, ...format, '-c', file],
    stopSteps: 'KILL:1',
    logFile: join(folder, 'format.log'),
  });
  const server = await supervisor.start({
    command: java,
    args: [...jvm, 'kafka.Kafka', file],
    stopSteps: 'TERM:15 KILL:1',
    logFile: join(folder, 'kafka.log'),
  });
  await until(() => askForMetadata(`127.0.0.1:${direct}`), READY_LIMIT_MS, server.hasExited);
  return server;
}

function brokerProperties(
  node: number,
  count: number,
  voters: string,
  { proxied, direct, controller }: Ports,
  proxyPort: number,
): Record<string, string | number> {
  const local = (name: string, port: number) => `${name}://127.0.0.1:${port}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': node,
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    listeners: [local('PROXIED', proxied), local('DIRECT', direct), local('CONTROLLER', controller)].join(),
    'advertised.listeners': [local('PROXIED', proxyPort), local('DIRECT', direct)].join(),
    'listener.security.protocol.map': 'PROXIED:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'DIRECT',
    'auto.create.topics.enable': 'false',
    'broker.session.timeout.ms': 3_000,
    // Of requests to a controller that hangs.
    'controller.socket.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'offsets.topic.replication.factor': count,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': count,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  };
}
