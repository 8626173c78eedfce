import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../../lib/concurrency/deadline.ts';
import { JVM_FLAGS } from '../../../lib/offline/servers/java.ts';
import { askForMetadata, type KafkaOptions } from '../../../lib/offline/servers/kafka.ts';
import { singleNodeProperties } from '../../../lib/offline/servers/kafkaStorage.ts';
import type { Supervised } from '../../../lib/offline/servers/supervised.ts';

/** Of the last line of versions that can do without KRaft. */
export const ZOOKEEPER_KAFKA = join(import.meta.dirname, 'kafka-3.9.1.sha256');

const READY_LIMIT_MS = 60_000;

/** ZooKeeper, and a broker that it manages; ZooKeeper listens where a KRaft controller would. */
export async function startZookeeperKafka(options: KafkaOptions): Promise<Supervised> {
  const { supervisor, folder, port, controllerPort, jars, java } = options;
  await mkdir(folder, { recursive: true });
  const startJava = async (name: string, main: string, properties: Record<string, string | number>) => {
    const file = join(folder, `${name}.properties`);
    await writeFile(
      file,
      Object.entries(properties).map(([key, value]) => `${key}=${value}\n`),
    );
    const args = [...JVM_FLAGS, '-cp', join(jars, '*'), main, file];
    return supervisor.start({
      command: java,
      args,
      stopSteps: 'TERM:15 KILL:1',
      logFile: join(folder, `${name}.log`),
    });
  };
  const zookeeper = await startJava('zookeeper', 'org.apache.zookeeper.server.quorum.QuorumPeerMain', {
    dataDir: join(folder, 'zookeeper'),
    clientPort: controllerPort,
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': 'false',
  });
  const broker = await startJava('kafka', 'kafka.Kafka', {
    'broker.id': 1,
    'zookeeper.connect': `127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': join(folder, 'data'),
    ...singleNodeProperties,
  });
  await until(() => askForMetadata(`127.0.0.1:${port}`), READY_LIMIT_MS, broker.hasExited);
  // A broker deregisters from ZooKeeper, so ZooKeeper has to stop last.
  const stop = async () => {
    await broker.stop();
    await zookeeper.stop();
  };
  return { ...broker, stop };
}
