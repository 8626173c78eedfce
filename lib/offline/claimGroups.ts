import { AssignerProtocol, type Consumer, type PartitionAssigner } from 'kafkajs';
import { until } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { listMembers } from '../kafka/cluster.ts';
import { topicsOf } from '../kafka/topics.ts';
import { clientIdOf, kafkaFor, thisProcess } from './event-source/kafkaFor.ts';
import { within } from './event-source/wake.ts';
import { patiently, refuseMembers, refuseOtherMembers } from './otherMembers.ts';

/** The least that brokers accept by default. A start that is killed while it has the claim delays the next by this. */
const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
/** Between two heartbeats at most, since there is nothing to fetch. */
const IDLE_MS = 100;
const LOOK_EVERY_MS = 500;
/** Kafka may be away by then. */
const RELEASE_LIMIT_MS = 2_000;

/** The right to consume, which one start has at a time. */
export interface Claim {
  /** Gives it up as soon as consumers of this process are in all groups, where other starts see them. */
  handOver(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Waits for the right to consume: of several starts at the same moment, each finds the groups empty. So they all join
 * one more group. The member that joined first leads it until it leaves, and only the leader goes on.
 *
 * @param own the instance in the client ids of this folder's consumers
 * @throws StartError if another system has the right or is in the groups, or if Kafka does not answer
 */
export async function claimGroups(config: KafkaConfig, groups: string[], own: string): Promise<Claim> {
  const claim = `${groups[0]}-start`;
  const consumer = idleConsumer(config, claim, own);
  let isReleased = false;
  const release = async () => {
    isReleased = true;
    const left = consumer.disconnect().catch(() => undefined);
    await within(RELEASE_LIMIT_MS, left);
  };
  const handOver = async () => {
    const joined = () => expectMember(config, groups, clientIdOf(thisProcess, own));
    await until(joined, Number.POSITIVE_INFINITY, () => isReleased, LOOK_EVERY_MS).catch(() => undefined);
    await release();
  };
  try {
    await lead(config, claim, consumer);
    await refuseOtherMembers(config, groups, own);
  } catch (error) {
    await release();
    throw error;
  }
  return { handOver, release };
}

/** A consumer without partitions. */
function idleConsumer({ brokers }: KafkaConfig, groupId: string, own: string): Consumer {
  const name = 'NoPartitions';
  const assigner: PartitionAssigner = () => ({
    name,
    version: 0,
    assign: async () => [],
    protocol: ({ topics }) => {
      const userData = Buffer.alloc(0);
      return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData }) };
    },
  });
  return kafkaFor(brokers, own).consumer({
    groupId,
    partitionAssigners: [assigner],
    sessionTimeout: SESSION_TIMEOUT_MS,
    rebalanceTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxWaitTimeInMs: IDLE_MS,
    allowAutoTopicCreation: false,
  });
}

/** Joins the group and waits until this consumer leads it. */
async function lead(config: KafkaConfig, group: string, consumer: Consumer): Promise<void> {
  let [us, leader] = ['', ''];
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    [us, leader] = [payload.memberId, payload.leaderId];
  });
  await patiently(config, async () => {
    await consumer.connect();
    await consumer.subscribe({ topic: topicsOf(config.topicPrefix).votes });
    await consumer.run({ eachMessage: async () => {} });
  });
  await patiently(config, async () => {
    if (us !== '' && us === leader) return;
    await refuseMembers(config, [group], ({ memberId }) => memberId !== us);
    throw new Error('The group coordinator did not answer.');
  });
}

/** @throws Error if a group has no member with this client id yet */
async function expectMember(config: KafkaConfig, groups: string[], clientId: string): Promise<void> {
  for (const group of groups) {
    const members = await listMembers(config, [group]);
    if (!members.some((member) => member.clientId === clientId)) throw new Error(`${group} is not joined.`);
  }
}
