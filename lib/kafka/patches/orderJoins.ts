import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import Runner from 'kafkajs/src/consumer/runner.js';

let isPatched = false;

/**
 * Puts the joins of a KafkaJS consumer in order with its fetches. It fetches from several brokers at once, and each of
 * these loops joins the group by itself, for example when a partition's leader has moved. A join restarts all
 * partitions at their last commits. Unpatched,
 * - several loops join at once, and continue with each other's half-finished joins;
 * - after a join that failed, the loops fetch on, and the consumer never announces that it has joined;
 * - a batch of a fetch that was in flight during a join is processed after it, and moves the position past records
 *   that the join has set back and nobody processed.
 */
export function orderJoins(): void {
  if (isPatched) return;
  isPatched = true;
  const joins = new WeakMap<ConsumerGroup, Promise<void>>();
  const notJoined = new WeakSet<ConsumerGroup>();
  /** Each join makes a new object, which holds the positions. */
  const positionsAtFetch = new WeakMap<object, object | null>();

  const group = ConsumerGroup.prototype;
  const { joinAndSync, fetch } = group;
  group.joinAndSync = function joinOnce(this: ConsumerGroup) {
    const running = joins.get(this);
    if (running) return running;
    notJoined.add(this);
    const join = joinAndSync
      .call(this)
      .then(() => void notJoined.delete(this))
      .finally(() => joins.delete(this));
    joins.set(this, join);
    return join;
  };

  group.fetch = async function fetchWhenJoined(this: ConsumerGroup, nodeId) {
    if (notJoined.has(this)) await this.joinAndSync();
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
