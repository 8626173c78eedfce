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

/** Returns a broker list for KafkaJS with one broker at a time, the next one on each call. A new KafkaJS
 * client connects to the first broker of its list, so a dead first broker would break all new connections. */
export function takeTurns(brokers: readonly string[]): () => string[] {
  // Many processes start at once; they must not all connect to the same broker.
  let turn = Math.floor(Math.random() * brokers.length);
  return () => brokers.slice(turn++ % brokers.length).slice(0, 1);
}
