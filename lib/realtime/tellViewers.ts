import { deadlineIn } from '../clock.ts';
import { outages } from '../outages.ts';
import { withDeadline } from '../withDeadline.ts';

/** Nobody who comes or leaves waits longer than this for the others to hear of it. */
const PATIENCE_MS = 1_000;

/** Has the shards look at how many watch these polls. Without Kafka the others hear of it with the next vote, or
 * from the sweep within a minute. */
export async function tellViewers(
  announce: (pollIds: string[]) => Promise<void>,
  pollIds: string[],
): Promise<void> {
  if (pollIds.length === 0) return;
  const announced = () => withDeadline(announce(pollIds), deadlineIn(PATIENCE_MS), 'Kafka');
  await outages.watch('Announcing numbers of viewers', announced).catch(() => {});
}
