import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from './mapping.ts';
import type { Running, Setup } from './runEventSources.ts';
import { within } from './wake.ts';

/** Beside this file, as source and in the package. */
const THREAD = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
/** Longer than the event sources take to stop by themselves. */
const STOP_MS = 12_000;

/** What the thread is started with. */
export interface ThreadData {
  readonly setup: Setup;
  /** URLs of modules to load before the first function. */
  readonly imports: readonly string[];
}

/** What the thread says. */
export interface ThreadMessage {
  readonly level: keyof Log;
  readonly message: string;
}

/** Starts the event sources in a thread, together with their functions. What is thrown there and not caught is thrown
 * here, so it has the same effect as without a thread. */
export function startThread(setup: Setup, imports: readonly string[], log: Log): Running {
  const workerData: ThreadData = { setup: plain(setup), imports };
  const worker = new Worker(THREAD, { workerData, env: process.env });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.on('message', ({ level, message }: ThreadMessage) => log[level](message));
  worker.on('error', (error) => {
    throw error;
  });
  let isStopping = false;
  worker.once('exit', (code) => {
    if (!isStopping) throw new Error(`The thread of the event sources has ended with code ${code}.`);
  });
  return {
    stop: async () => {
      isStopping = true;
      worker.postMessage('stop');
      await within(STOP_MS, exited);
      await worker.terminate();
    },
  };
}

/** Serverless's objects have methods and refer to each other, so they cannot be sent as they are. */
function plain({ serverless, ...setup }: Setup): Setup {
  const { serverlessPath, servicePath } = serverless.config;
  const { service, provider, package: artifacts, functions, resources } = serverless.service;
  const parts = {
    ...serverless,
    config: { serverlessPath, servicePath },
    service: { service, provider, package: artifacts, functions, resources },
  };
  return JSON.parse(JSON.stringify({ ...setup, serverless: parts }));
}
