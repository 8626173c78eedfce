import type BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';

const NOT_COORDINATOR = 16;

/**
 * Lets a consumer go on with the other brokers of a cluster while one hangs: it accepts connections and answers nothing.
 * Unpatched, the consumer repeats a fetch or heartbeat that has timed out, by the same broker and the same metadata,
 * until all retries are used up: for most of a minute, although the cluster replaces the broker within seconds.
 */
export function leaveHungBrokers(): void {
  const group = ConsumerGroup.prototype;
  const { recoverFromFetch, heartbeat, commitOffsets } = group;

  group.recoverFromFetch = async function recoverFromHang(this: ConsumerGroup, error) {
    // The next fetch reads the metadata anew, from another broker.
    if (isTimeout(error) && leave(this.cluster.brokerPool, error.broker)) return;
    await recoverFromFetch.call(this, error);
  };

  group.heartbeat = async function heartbeatElsewhere(this: ConsumerGroup, limits) {
    // The runner then looks for the coordinator, and joins there by its old member id.
    if (hasLeftCoordinator(this)) throw createErrorFromCode(NOT_COORDINATOR);
    try {
      await heartbeat.call(this, limits);
    } catch (error) {
      throw isTimeout(error) && leaveCoordinator(this) ? createErrorFromCode(NOT_COORDINATOR) : error;
    }
  };

  group.commitOffsets = async function commitElsewhere(this: ConsumerGroup, offsets) {
    try {
      await commitOffsets.call(this, offsets);
    } catch (error) {
      if (isTimeout(error)) leaveCoordinator(this);
      throw error;
    }
  };
}

const isTimeout = (error: unknown): error is Error & { broker?: string } =>
  error instanceof Error && error.name === 'KafkaJSRequestTimeoutError';

const leaveCoordinator = ({ cluster, coordinator }: ConsumerGroup) =>
  leave(cluster.brokerPool, coordinator?.brokerAddress);

function hasLeftCoordinator({ cluster, coordinator }: ConsumerGroup): boolean {
  const known = Object.values(cluster.brokerPool.brokers);
  return (
    coordinator !== null &&
    known.length > 0 &&
    !known.some(({ brokerAddress }) => brokerAddress === coordinator.brokerAddress)
  );
}

/** Removes a broker until the metadata names it again.
 * @param address host:port
 * @returns false if there is no other broker */
function leave(pool: BrokerPool, address: string | undefined): boolean {
  const brokers = Object.values(pool.brokers);
  if (brokers.length < 2) return false;
  const hung = brokers.find(({ brokerAddress }) => brokerAddress === address);
  if (!hung) return true;
  pool.removeBroker(hung.connectionPool);
  // Not awaited: it waits for requests in flight.
  hung.disconnect().catch(() => undefined);
  return true;
}
