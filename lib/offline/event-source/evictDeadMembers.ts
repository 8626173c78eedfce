import type { Kafka } from 'kafkajs';
import { readClientId, thisProcess } from './kafkaFor.ts';

interface Member {
  readonly memberId: string;
  readonly clientId: string;
}

/** The part of KafkaJS's inside that can speak for a member that is gone. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findGroupCoordinator(group: { groupId: string }): Promise<Coordinator>;
}

interface Coordinator {
  describeGroups(request: { groupIds: string[] }): Promise<{ groups: { members: Member[] }[] }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

type CreateCluster = (options: { allowAutoTopicCreation: boolean }) => Cluster;

/**
 * Has members leave the group that cannot do so themselves any more: those of a process of this machine that was
 * killed, and those that a crash of KafkaJS left behind in this one. Otherwise they hold their partitions until
 * their session is over.
 *
 * @param live member ids that this process still uses
 */
export async function evictDeadMembers(
  kafka: Kafka,
  groupId: string,
  topic: string,
  live: ReadonlySet<string>,
): Promise<void> {
  const cluster = clusterOf(kafka);
  try {
    await cluster.connect();
    await cluster.addTargetTopic(topic);
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
    for (const { memberId, clientId } of groups[0]?.members ?? []) {
      if (isDead(clientId, live.has(memberId))) await coordinator.leaveGroup({ groupId, memberId });
    }
  } finally {
    cluster.disconnect().catch(() => undefined);
  }
}

/** A member of another machine, or of a client that is none of ours, is taken for alive. */
export function isDead(clientId: string, isOurs: boolean): boolean {
  const client = readClientId(clientId);
  if (client === undefined || client.host !== thisProcess.host) return false;
  // After a restart in a container, the killed process had the number of this one.
  return client.pid === thisProcess.pid ? !isOurs : !isRunning(client.pid);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It may belong to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// KafkaJS's admin client cannot remove members, and asks for the cluster by a symbol that it does not export.
function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) =>
    description?.endsWith('createCluster'),
  );
  const create = symbol && (kafka as unknown as Record<symbol, CreateCluster>)[symbol];
  if (!create) throw new Error('This is not KafkaJS 2.2.');
  return create({ allowAutoTopicCreation: false });
}
