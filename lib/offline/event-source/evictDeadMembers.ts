import type { Kafka } from 'kafkajs';
import { readClientId, thisProcess } from './kafkaFor.ts';

interface Member {
  readonly memberId: string;
  readonly clientId: string;
}

/** The part of KafkaJS's internals that can send a leave request for another member. */
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
 * Removes dead members from the group: members of killed processes of this machine, and members that a crash of
 * KafkaJS left behind in this process. Otherwise they keep their partitions until their session times out.
 *
 * @param live ids of the members that this process still uses
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

/** Members of other machines and of other clients count as alive. */
export function isDead(clientId: string, isOurs: boolean): boolean {
  const client = readClientId(clientId);
  if (client === undefined || client.host !== thisProcess.host) return false;
  // After a container restart, this process often has the process id of the killed one.
  return client.pid === thisProcess.pid ? !isOurs : !isRunning(client.pid);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // The process exists but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// KafkaJS's admin client cannot remove members, and the cluster is behind a symbol that KafkaJS does not export.
function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) =>
    description?.endsWith('createCluster'),
  );
  const create = symbol && (kafka as unknown as Record<symbol, CreateCluster>)[symbol];
  if (!create) throw new Error('Unsupported KafkaJS version; 2.2 is required.');
  return create({ allowAutoTopicCreation: false });
}
