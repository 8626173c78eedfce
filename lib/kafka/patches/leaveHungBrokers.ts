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
  const { recoverFromFetch, heartbeat } = group;

  group.recoverFromFetch = async function recoverFromHang(this: ConsumerGroup, error) {
    // The next fetch reads the metadata anew, from another broker.
    if (isTimeout(error) && leave(this.cluster.brokerPool, error.broker)) return;
    await recoverFromFetch.call(this, error);
  };

  group.heartbeat = async function heartbeatElsewhere(this: ConsumerGroup, limits) {
    const { coordinator, cluster } = this;
    try {
      await heartbeat.call(this, limits);
    } catch (error) {
      const isLeft = isTimeout(error) && leave(cluster.brokerPool, coordinator?.brokerAddress);
      // The runner then looks for the coordinator, and joins there by its old member id.
      throw isLeft ? createErrorFromCode(NOT_COORDINATOR) : error;
    }
  };
}

const isTimeout = (error: unknown): error is Error & { broker?: string } =>
  error instanceof Error && error.name === 'KafkaJSRequestTimeoutError';

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
