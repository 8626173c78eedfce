import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/**
 * Keeps KafkaJS from looking for pending requests every millisecond when there are none, which takes some 5 %
 * of a core for each connection and makes Node warn of a negative time-out (its issues 1768 and 1751).
 */
export function calmQueue(): void {
  const { prototype } = RequestQueue;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleIfAnyPending(this: typeof prototype) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
