import { until } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { listMembers, type Member } from '../kafka/cluster.ts';
import { isDead } from './event-source/evictDeadMembers.ts';
import { kafkaFault } from './prepareServers.ts';

/** The consumers of a killed start stay in their groups until their 10 s session timeout. */
const LEAVE_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 250;

/**
 * Checks that no other system is in the consumer groups of this start. Two emulators would split the partitions, so each
 * would take half of the other's votes, and half of the viewers would get no updates.
 *
 * @param own the instance in the client ids of this folder's consumers, which a killed start may have left behind
 * @throws StartError if another member stays, or if Kafka does not answer
 */
export async function refuseOtherMembers(config: KafkaConfig, groups: string[], own: string): Promise<void> {
  await patiently(config, () => refuseMembers(config, groups, ({ clientId }) => !isLeftover(clientId, own)));
}

/** A copy of this folder has the same instance, but lives. */
function isLeftover(clientId: string, own: string): boolean {
  return clientId.includes(`.${own}@`) && isDead(clientId, false);
}

/** @throws StartError naming a member of the groups that is another system's, if there is one */
export async function refuseMembers(
  config: KafkaConfig,
  groups: string[],
  isOther: (member: Member) => boolean,
): Promise<void> {
  const other = (await listMembers(config, groups)).find(isOther);
  if (!other) return;
  throw new StartError(
    `Kafka at ${config.brokers.join(', ')}: another system consumes these topics (${other.clientId} at ` +
      `${other.clientHost}), and each would get only part of the votes. Stop that system, or give this one its own ` +
      'topics with KAFKA_TOPIC_PREFIX, and its own database.',
  );
}

/** Repeats the look until it passes, as long as members of killed systems may stay. @throws StartError */
export async function patiently(config: KafkaConfig, look: () => Promise<void>): Promise<void> {
  await until(look, LEAVE_LIMIT_MS, () => false, LOOK_EVERY_MS).catch((cause) => {
    throw cause instanceof StartError ? cause : kafkaFault(config, cause);
  });
}
