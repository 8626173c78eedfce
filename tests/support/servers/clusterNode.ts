import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../../lib/concurrency/deadline.ts';
import { JVM_FLAGS } from '../../../lib/offline/servers/java.ts';
import { askForMetadata, type KafkaOptions } from '../../../lib/offline/servers/kafka.ts';
import type { Supervised } from '../../../lib/offline/servers/supervised.ts';

export interface ClusterNodeOptions extends KafkaOptions {
  /** Where all nodes listen; an IPv6 address is in brackets. */
  host: string;
  /** 1 and up. */
  nodeId: number;
  clusterId: string;
  /** All nodes, as id@host:controllerPort. */
  voters: string;
}

/** Several JVMs start at once here. */
const READY_LIMIT_MS = 120_000;

/** One node of a cluster in which any one may die: broker and controller, three replicas of everything, of which
 * two are in sync. The same settings as in docker-compose.yml. */
export async function startClusterNode(options: ClusterNodeOptions): Promise<Supervised> {
  const { supervisor, folder, java, jars, host, port, clusterId } = options;
  const properties = join(folder, 'server.properties');
  await writeFile(properties, clusterProperties(options));
  const runJava = (...args: string[]) => [...JVM_FLAGS, '-cp', join(jars, '*'), ...args];
  if (!existsSync(join(folder, 'data', 'meta.properties'))) {
    const format = runJava(
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${clusterId}`,
      '-c',
      properties,
    );
    await supervisor.run({
      command: java,
      args: format,
      stopSteps: 'KILL:1',
      logFile: join(folder, 'format.log'),
    });
  }
  const args = runJava('kafka.Kafka', properties);
  const logFile = join(folder, 'kafka.log');
  const node = await supervisor.start({ command: java, args, stopSteps: 'TERM:30 KILL:1', logFile });
  await until(() => askForMetadata(`${host}:${port}`), READY_LIMIT_MS, node.hasExited);
  return node;
}

function clusterProperties(options: ClusterNodeOptions): string {
  const { folder, nodeId, host, port, controllerPort, voters } = options;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'default.replication.factor': 3,
    'min.insync.replicas': 2,
    'offsets.topic.replication.factor': 3,
    'offsets.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': 3_000,
    // Of requests to a controller that hangs.
    'controller.socket.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
