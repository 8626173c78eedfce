import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import { leaveHungBrokers } from './leaveHungBrokers.ts';
import { isAhead } from './patchKafkaJsTimers.ts';
import { patchReading } from './patchReading.ts';

let isPatched = false;

/** Patches bugs of KafkaJS 2.2.4 that affect every consumer. Separate from `patchKafkaJs`, because the functions only
 * produce: their bundles contain no consumer and no codecs. Applies once per process. */
export function patchConsumers(): void {
  if (isPatched) return;
  isPatched = true;
  patchReading();
  steadyHeartbeats();
  leaveHungBrokers();
}

/** Protects consumers from a wall clock that is set back. By a minute, a consumer would send no heartbeat for a minute
 * and lose its partitions. */
function steadyHeartbeats(): void {
  const group = ConsumerGroup.prototype;
  const { heartbeat } = group;
  group.heartbeat = function heartbeatSteadily(this: ConsumerGroup, limits) {
    if (isAhead(this.lastRequest)) this.lastRequest = 0;
    return heartbeat.call(this, limits);
  };
}
