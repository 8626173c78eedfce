/** The thread of the event sources and their functions; `startThread.ts` starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Log } from './mapping.ts';
import { reasonOf } from './reason.ts';
import { runEventSources } from './runEventSources.ts';
import type { ThreadData, ThreadMessage } from './startThread.ts';

const { setup, imports } = workerData as ThreadData;
for (const url of imports) await import(url);

const say = (level: ThreadMessage['level']) => (message: string) =>
  parentPort?.postMessage({ level, message } satisfies ThreadMessage);
const log: Log = { info: say('info'), warn: say('warn') };

const running = runEventSources(setup, log);
parentPort?.once('message', async () => {
  await running.stop().catch((error) => log.warn(`The event sources did not stop: ${reasonOf(error)}`));
  // Functions keep connections open.
  process.exit();
});
