/** Functions of a service as a user would write it; they tell what they saw through a file. */
import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

const tell = (line) => appendFileSync(process.env.SEEN, `${JSON.stringify(line)}\n`);

let running = 0;

export async function overlap(event, context) {
  running += 1;
  tell({ running, threadId, left: context.getRemainingTimeInMillis(), keys: Object.keys(event.records) });
  await new Promise((resolve) => setTimeout(resolve, 300));
  running -= 1;
}

let attempts = 0;

/** Never returns; counts the attempts of its thread. */
export async function hang() {
  attempts += 1;
  tell({ attempts, threadId });
  await new Promise(() => undefined);
}

export async function partial(event) {
  const [[partition, records]] = Object.entries(event.records);
  const offsets = records.map(({ offset }) => offset);
  tell({ offsets });
  if (!offsets.includes(2) || offsets[0] === 2) return null;
  return { batchItemFailures: [{ itemIdentifier: { partition, offset: 2 } }] };
}
