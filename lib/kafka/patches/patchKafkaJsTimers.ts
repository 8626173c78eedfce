import BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { deadlineIn, monotonicMs } from '../../clock.ts';

/** Stops KafkaJS from checking for pending requests every millisecond when it has none. The checks take about
 * 5 % of a core per connection, and Node warns of a negative timeout (KafkaJS issues 1768 and 1751). */
export function patchRequestQueue(): void {
  const { prototype } = RequestQueue;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleIfAnyPending(this: typeof prototype) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

const CHECK_EVERY_MS = 100;

/** Protects KafkaJS from jumps of the wall clock, by which it measures all time. After a jump back by a
 * minute, metadata would expire a minute late, requests to a hanging broker would not time out, and a connection
 * that a broker's quota throttles would send nothing for that minute. After a jump forward by 30 s, all pending
 * requests would time out. For consumers see `steadyHeartbeats`. */
export function patchKafkaJsTimers(): void {
  const pool = BrokerPool.prototype;
  const refresh = pool.refreshMetadataIfNecessary;
  pool.refreshMetadataIfNecessary = function refreshSteadily(this: BrokerPool, topics) {
    if (isAhead((this.metadataExpireAt ?? 0) - this.metadataMaxAge)) this.metadataExpireAt = null;
    return refresh.call(this, topics);
  };

  RequestQueue.prototype.scheduleRequestTimeoutCheck = scheduleSteadily;
  throttleSteadily();
}

/** The queue's own time stays unset, so that it looks every 10 ms for requests that it may send. */
function throttleSteadily(): void {
  const queue = RequestQueue.prototype;
  const { canSendSocketRequestImmediately } = queue;
  const throttledUntil = new WeakMap<RequestQueue, number>();
  queue.maybeThrottle = function throttle(this: RequestQueue, ms) {
    if (ms) throttledUntil.set(this, Math.max(deadlineIn(ms), throttledUntil.get(this) ?? 0));
  };
  queue.canSendSocketRequestImmediately = function canSend(this: RequestQueue) {
    const isThrottled = monotonicMs() < (throttledUntil.get(this) ?? 0);
    return !isThrottled && canSendSocketRequestImmediately.call(this);
  };
}

/** Whether a past moment lies in the future, because the clock was set back. */
// biome-ignore lint/plugin/noWallClock: KafkaJS stores wall-clock times
export const isAhead = (moment: number) => moment > Date.now();

/** Like the original, but a request's timeout starts when a check first sees it. */
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
