import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import Runner from 'kafkajs/src/consumer/runner.js';

let isPatched = false;

/**
 * Drops batches whose fetch began before the consumer last joined its group. A KafkaJS consumer fetches from several
 * brokers at once, and each of these loops joins again by itself, for example when a partition's leader has moved. A
 * join restarts all partitions at their last commits. Unpatched, a batch of a fetch that was in flight meanwhile is
 * processed after the join and moves the position past records that the join has set back and nobody processed.
 */
export function dropStaleBatches(): void {
  if (isPatched) return;
  isPatched = true;
  /** Each join makes a new one, which holds the positions. */
  const positionsAtFetch = new WeakMap<object, object | null>();

  const { fetch } = ConsumerGroup.prototype;
  ConsumerGroup.prototype.fetch = async function fetchWithPositions(this: ConsumerGroup, nodeId) {
    const positions = this.offsetManager;
    const batches = await fetch.call(this, nodeId);
    for (const batch of batches) positionsAtFetch.set(batch, positions);
    return batches;
  };

  const { handleBatch } = Runner.prototype;
  Runner.prototype.handleBatch = async function handleFreshBatch(this: Runner, batch) {
    if (positionsAtFetch.get(batch) !== this.consumerGroup.offsetManager) return;
    await handleBatch.call(this, batch);
  };
}
