import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../../../lib/concurrency/deadline.ts';
import { freePort } from '../../../lib/offline/ports.ts';
import type { LambdaRuntime } from './runtime.ts';

/** A function's settings in the template, and the folder of its unpacked package. */
export interface PackagedFunction {
  name: string;
  /** Such as `functions/http/castVote.handler`. */
  handler: string;
  folder: string;
  timeoutSeconds: number;
  environment: Record<string, string>;
}

/** Lambda's answer if a function threw, ended or took too long. */
interface FunctionFault {
  errorType: string;
  errorMessage: string;
}

/** An execution environment of Lambda: one process of a function. It serves one event at a time; the next waits,
 * where Lambda would start another environment. */
export interface RunningFunction {
  /** What the function returns.
   * @throws FunctionFailed with what Lambda answers where it threw, ended or took too long */
  invoke<T>(event: unknown): Promise<T>;
  /** All output of the function and the emulator so far. */
  output(): string;
  stop(): Promise<void>;
}

export class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
}

const START_LIMIT_MS = 20_000;

/** What Lambda itself sets, with credentials that are worth nothing. */
function lambdaEnvironment({ name, folder, timeoutSeconds }: PackagedFunction): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: folder,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_TIMEOUT: `${timeoutSeconds}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'of nobody',
    AWS_SESSION_TOKEN: 'of nothing',
  };
}

export async function runFunction(
  { emulator, client }: LambdaRuntime,
  packaged: PackagedFunction,
): Promise<RunningFunction> {
  const [port, apiPort] = [await freePort(), await freePort()];
  const addresses = [
    '--runtime-interface-emulator-address',
    `127.0.0.1:${port}`,
    '--runtime-api-address',
    `127.0.0.1:${apiPort}`,
  ];
  const child = spawn(emulator, [...addresses, process.execPath, client, packaged.handler], {
    cwd: packaged.folder,
    env: { ...lambdaEnvironment(packaged), ...packaged.environment },
    // A process group of its own, so that nothing is left behind if the emulator has to be killed.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text;
    });
  }
  const url = `http://127.0.0.1:${port}`;
  await until(
    () => fetch(url),
    START_LIMIT_MS,
    () => child.exitCode !== null,
  ).catch(async (cause) => {
    await stop(child);
    throw new Error(`The emulator did not start. It said:\n${written}`, { cause });
  });
  const call = async (event: unknown) => {
    const path = '/2015-03-31/functions/function/invocations';
    const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(event) });
    return resultOf(await answer.text(), written);
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    invoke: <T>(event: unknown) => {
      const result = last.then(() => call(event)) as Promise<T>;
      last = result.catch(() => {});
      return result;
    },
    output: () => written,
    stop: () => stop(child),
  };
}

/** The emulator answers 200 whatever happens, and a timeout in plain text. */
function resultOf(answer: string, written: string): unknown {
  let result: unknown;
  try {
    result = JSON.parse(answer);
  } catch {
    throw new FunctionFailed(`${answer}\n${written}`);
  }
  const { errorType, errorMessage } = (result ?? {}) as Partial<FunctionFault>;
  if (errorType !== undefined) throw new FunctionFailed(`${errorType}: ${errorMessage}`);
  return result;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await exited;
}
