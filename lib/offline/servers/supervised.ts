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

/** Runs processes that cannot outlive this one, and stops them together. */
export interface Supervisor {
  /**
   * Starts a process. It has its own session, so Ctrl-C in a terminal reaches only this process, which then shuts it
   * down gracefully.
   */
  start(order: Command): Promise<Supervised>;
  /** Runs a command to its end. @throws CommandError if its exit code is not 0 */
  run(order: Command): Promise<void>;
  isStopping(): boolean;
  /** Stops all of its processes; none can be started afterwards. */
  stopAll(): Promise<void>;
}

export function createSupervisor(): Supervisor {
  const running = new Set<() => Promise<void>>();
  let stopping = false;

  async function start(order: Command): Promise<Supervised> {
    await waitForPreviousServer(resolve(order.logFile));
    if (stopping) throw new Error('The system is stopping; nothing can be started.');
    return startGuarded(order, running);
  }

  return {
    start,
    run: async (order) => {
      const { exited } = await start(order);
      const code = await exited;
      if (code !== 0) throw new CommandError(code, lastLines(order.logFile));
    },
    isStopping: () => stopping,
    stopAll: async () => {
      stopping = true;
      await Promise.all([...running].map((stop) => stop()));
    },
  };
}

/** @param running has the process's `stop` as long as it runs */
async function startGuarded(order: Command, running: Set<() => Promise<void>>): Promise<Supervised> {
  const { command, args, stopSteps, cwd, env } = order;
  const logFile = resolve(order.logFile);
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

async function firstNumber(guard: ChildProcess): Promise<number> {
  if (guard.stdout) for await (const line of createInterface(guard.stdout)) return Number(line);
  throw new Error('The guard exited before it started the process.');
}
