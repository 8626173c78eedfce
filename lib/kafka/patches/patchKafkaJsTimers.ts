import BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/**
 * Keeps KafkaJS from looking for pending requests every millisecond when there are none, which takes some 5 %
 * of a core for each connection and makes Node warn of a negative time-out (its issues 1768 and 1751).
 */
export function patchRequestQueue(): void {
  const { prototype } = RequestQueue;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleIfAnyPending(this: typeof prototype) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

const CHECK_EVERY_MS = 100;

/**
 * Keeps KafkaJS going when the wall clock, by which it measures everything, is set. Back by a minute, a consumer
 * would send no heartbeat for that minute and lose its partitions, metadata would age as much later, and nobody would
 * give up a broker that hangs. Forward by half a minute, every request under way would time out at once.
 */
export function patchKafkaJsTimers(): void {
  const group = ConsumerGroup.prototype;
  const { heartbeat } = group;
  group.heartbeat = function heartbeatSteadily(this: ConsumerGroup, limits) {
    if (isAhead(this.lastRequest)) this.lastRequest = 0;
    return heartbeat.call(this, limits);
  };

  const pool = BrokerPool.prototype;
  const refresh = pool.refreshMetadataIfNecessary;
  pool.refreshMetadataIfNecessary = function refreshSteadily(this: BrokerPool, topics) {
    if (isAhead((this.metadataExpireAt ?? 0) - this.metadataMaxAge)) this.metadataExpireAt = null;
    return refresh.call(this, topics);
  };

  RequestQueue.prototype.scheduleRequestTimeoutCheck = scheduleSteadily;
}

/** Of a moment that has been: the clock was set back since. */
// biome-ignore lint/plugin/noWallClock: KafkaJS notes moments by it
const isAhead = (moment: number) => moment > Date.now();

/** As the original, but each request's time begins when a check first sees it. */
function scheduleSteadily(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  const firstSeen = new WeakMap<object, number>();
  const check = () => {
    const now = performance.now();
    for (const request of this.inflight.values()) {
      const since = firstSeen.get(request) ?? now;
      firstSeen.set(request, since);
      if (now - since > request.requestTimeout) request.timeoutRequest();
    }
    if (!this.isConnected()) this.destroy();
  };
  this.requestTimeoutIntervalId = setInterval(check, Math.min(this.requestTimeout, CHECK_EVERY_MS));
}
