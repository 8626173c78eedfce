import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { lastLines } from './lastLines.ts';
import { forgetProcess, noteProcess, waitForPreviousServer } from './previousServer.ts';

const GUARD = join(import.meta.dirname, 'guard.sh');

/** A copy from before the start: the emulator later adds Lambda's variables to `process.env`, library paths included. */
const ENVIRONMENT = { ...process.env };

export interface Command {
  command: string;
  args: string[];
  /** Signals, each with its seconds to take effect, in the notation of guard.sh: `INT:10 KILL:1`. */
  stopSteps: string;
  cwd?: string;
  env?: Record<string, string>;
  logFile: string;
}

export interface Supervised {
  pid: number;
  /** Resolves with the exit code when the process and all of its children have ended. */
  exited: Promise<number>;
  hasExited(): boolean;
  /** Shuts it down gracefully; resolves when it has ended. */
  stop(): Promise<void>;
}

/** The exit code if the command does not exist. */
export const NOT_FOUND = 127;

/** A command failed. The message is the end of its log. */
export class CommandError extends Error {
  readonly code: number;

  constructor(code: number, logged: string) {
    super(logged);
    this.code = code;
  }
}

type Stop = () => Promise<void>;

const running = new Set<Stop>();
let stopping = false;

/**
 * Starts a process that cannot outlive this one. It has its own session, so Ctrl-C in a terminal reaches only this
 * process, which then shuts it down gracefully.
 */
export async function startSupervised(order: Command): Promise<Supervised> {
  const { command, args, stopSteps, cwd, env } = order;
  const logFile = resolve(order.logFile);
  await waitForPreviousServer(logFile);
  if (stopping) throw new Error('The system is stopping; nothing can be started.');
  const guard = spawn('/bin/sh', [GUARD, stopSteps, logFile, command, ...args], {
    detached: true,
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let gone = false;
  // If the guard itself dies, closing the pipe makes its watcher stop the process.
  guard.once('exit', () => guard.stdin?.destroy());
  const exited = once(guard, 'close').then(([code]) => {
    gone = true;
    return Number(code ?? 1);
  });
  const stop = async () => {
    guard.stdin?.destroy();
    await exited;
  };
  running.add(stop);
  const pid = await firstNumber(guard);
  noteProcess(logFile, pid);
  exited.then(() => {
    running.delete(stop);
    forgetProcess(logFile);
  });
  return { pid, exited, hasExited: () => gone, stop };
}

/** Runs a command to its end. @throws CommandError if its exit code is not 0 */
export async function runSupervised(order: Command): Promise<void> {
  const { exited } = await startSupervised(order);
  const code = await exited;
  if (code !== 0) throw new CommandError(code, lastLines(order.logFile));
}

export function isStopping(): boolean {
  return stopping;
}

/** Stops all supervised processes; none can be started afterwards. */
export async function stopAllSupervised(): Promise<void> {
  stopping = true;
  await Promise.all([...running].map((stop) => stop()));
}

async function firstNumber(guard: ChildProcess): Promise<number> {
  if (guard.stdout) for await (const line of createInterface(guard.stdout)) return Number(line);
  throw new Error('The guard exited before it started the process.');
}
