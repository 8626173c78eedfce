import { freshConnections } from './freshConnections.ts';
import { patchKafkaJsTimers, patchRequestQueue } from './patchKafkaJsTimers.ts';
import { keepProduceAnswers } from './produceAnswers.ts';

let isPatched = false;

/** Patches bugs of the unmaintained KafkaJS 2.2.4 that affect every client. Applies once per process. */
export function patchKafkaJs(): void {
  if (isPatched) return;
  isPatched = true;
  patchRequestQueue();
  freshConnections();
  keepProduceAnswers();
  patchKafkaJsTimers();
}
