import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Before a command: root may write anywhere, unless that right is taken from it. */
export const LIKE_ANY_USER =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

/** A program under test, and its output. */
export interface Launched {
  pid: number;
  /** Its output so far. */
  readonly lines: readonly string[];
  output(): string;
  /** Resolves when it has printed such a line. @throws Error with all its output if it ends before */
  said(pattern: RegExp): Promise<void>;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasExited(): boolean;
}

/** @param env added to that of the test; `cwd` in it is where the program starts */
export function launch(
  [command = '', ...args]: string[],
  { cwd, env, detached = false }: { cwd: string; env: Record<string, string>; detached?: boolean },
): Launched {
  const child = spawn(command, args, {
    cwd,
    detached,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      for (const look of listeners) look();
    });
  }
  const output = () => lines.join('\n');
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(output())) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      exited.then(() => reject(new Error(`It ended without saying ${pattern}:\n${output()}`)));
    });
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  return { pid: child.pid ?? 0, lines, output, said, exited, hasExited };
}
