import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { lastLines } from './lastLines.ts';
import { forgetProcess, noteProcess, waitForPreviousServer } from './previousServer.ts';

const GUARD = join(import.meta.dirname, 'guard.sh');

/** As we were started: the emulator later fills `process.env` with what Lambda sets, library paths included. */
const ENVIRONMENT = { ...process.env };

export interface Command {
  command: string;
  args: string[];
  /** Signals with the seconds that each may take, in the guard's notation: `INT:10 KILL:1`. */
  stopSteps: string;
  /** Where it works, if not where we do. */
  cwd?: string;
  /** More for its environment. */
  env?: Record<string, string>;
  logFile: string;
}

export interface Supervised {
  pid: number;
  /** Settles with the exit code when the process and all of its children have ended, for whatever reason. */
  exited: Promise<number>;
  hasExited(): boolean;
  /** Ends it in good order; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The exit code when there is no such command. */
export const NOT_FOUND = 127;

/** A command's exit code, and the end of its log as the message. */
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
 * Starts a process that cannot outlive this one.
 *
 * It runs in a session of its own, so that Ctrl-C in a terminal reaches us alone and we stop it in good order.
 */
export async function startSupervised(order: Command): Promise<Supervised> {
  const { command, args, stopSteps, cwd, env } = order;
  const logFile = resolve(order.logFile);
  await waitForPreviousServer(logFile);
  if (stopping) throw new Error('Everything is being stopped.');
  const guard = spawn('/bin/sh', [GUARD, stopSteps, logFile, command, ...args], {
    detached: true,
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let gone = false;
  // Was it the guard that died, then this makes its other half end the process.
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

/** Runs a command to its end. @throws CommandError when that is not well */
export async function runSupervised(order: Command): Promise<void> {
  const { exited } = await startSupervised(order);
  const code = await exited;
  if (code !== 0) throw new CommandError(code, lastLines(order.logFile));
}

export function isStopping(): boolean {
  return stopping;
}

/** Ends everything that was started here and still runs; nothing can be started afterwards. */
export async function stopAllSupervised(): Promise<void> {
  stopping = true;
  await Promise.all([...running].map((stop) => stop()));
}

async function firstNumber(guard: ChildProcess): Promise<number> {
  if (guard.stdout) for await (const line of createInterface(guard.stdout)) return Number(line);
  throw new Error('The guard ended before it could start anything.');
}
