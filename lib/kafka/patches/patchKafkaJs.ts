import { freshConnections } from './freshConnections.ts';
import { patchKafkaJsTimers, patchRequestQueue } from './patchKafkaJsTimers.ts';
import { keepProduceAnswers } from './produceAnswers.ts';

let isPatched = false;

/** Mends, once a process, what goes wrong in every client of KafkaJS 2.2.4, which nobody maintains. */
export function patchKafkaJs(): void {
  if (isPatched) return;
  isPatched = true;
  patchRequestQueue();
  freshConnections();
  keepProduceAnswers();
  patchKafkaJsTimers();
}

/**
 * A list of brokers for KafkaJS that names one of them at a time, the next whenever it is asked. A new client of
 * KafkaJS asks the first of its list, and a first one that is dead would be an outage for all that connects.
 */
export function takeTurns(brokers: readonly string[]): () => string[] {
  // Many processes start at once, and should not all ask the same one.
  let turn = Math.floor(Math.random() * brokers.length);
  return () => brokers.slice(turn++ % brokers.length).slice(0, 1);
}
