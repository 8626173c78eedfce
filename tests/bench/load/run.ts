import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MAX_ANSWER_BYTES = 64 * 2 ** 20;

/** Runs a script of this folder to its end, in a process of its own.
 * @returns what it printed, which is JSON */
export async function runLoad<T>(script: string, ...args: (string | number)[]): Promise<T> {
  const command = [join(import.meta.dirname, script), ...args.map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: MAX_ANSWER_BYTES });
  return JSON.parse(stdout);
}

/** Starts a script of this folder that stays. It ends when it is disconnected. */
export function forkLoad(script: string, ...args: (string | number)[]): ChildProcess {
  return fork(join(import.meta.dirname, script), args.map(String));
}

/** The next message from a process that was forked; or to `question`, its answer.
 * @throws when it ends instead */
export async function hear<T>(from: ChildProcess, question?: string | number): Promise<T> {
  const heard = new AbortController();
  const { signal } = heard;
  const message = once(from, 'message', { signal }).then(([said]) => said as T);
  const end = once(from, 'exit', { signal }).then(([code]) => {
    throw new Error(`It ended with code ${code}.`);
  });
  if (question !== undefined) from.send(question);
  try {
    return await Promise.race([message, end]);
  } finally {
    heard.abort();
  }
}
