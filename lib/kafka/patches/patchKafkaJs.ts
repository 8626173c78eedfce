import { freshConnections } from './freshConnections.ts';
import { calmQueue, steadyTimes } from './patchKafkaJsTimers.ts';
import { keepProduceAnswers } from './produceAnswers.ts';

let isMended = false;

/** Mends, once a process, what goes wrong in every client of KafkaJS 2.2.4, which nobody maintains. */
export function mendKafkaJs(): void {
  if (isMended) return;
  isMended = true;
  calmQueue();
  freshConnections();
  keepProduceAnswers();
  steadyTimes();
}
