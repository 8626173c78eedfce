import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { withDeadline } from '../withDeadline.ts';

/** A producer, consumer or admin client of KafkaJS. */
interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

// A healthy broker answers within milliseconds. One that hangs takes connections and says nothing, so after this
// the next one is asked.
const PATIENCE_WITH_ONE_MS = 1_500;
const PAUSE_MS = 100;
/** Long enough for three brokers, two of which hang. */
const PATIENCE_MS = 5_000;

/**
 * Connects to whichever broker answers: each try is a new client, which `kafkaClient` sends to the next broker
 * of its list.
 *
 * @param deadline of the monotonic clock; one try is made in any case
 * @throws KafkaJSError of the last try, or UnavailableError if that one did not answer
 */
export async function connectAny<C extends Connectable>(
  make: () => C,
  deadline = deadlineIn(PATIENCE_MS),
): Promise<C> {
  for (;;) {
    const made = make();
    try {
      await withDeadline(made.connect(), deadlineIn(PATIENCE_WITH_ONE_MS), 'Kafka');
      return made;
    } catch (error) {
      // It waits for requests under way, which nobody needs any more.
      made.disconnect().catch(() => undefined);
      if (monotonicMs() + PAUSE_MS >= deadline) throw error;
      await delay(PAUSE_MS);
    }
  }
}
