import { fstatSync, statSync } from 'node:fs';
import { describeProcess, isAlive } from './processes.ts';

const LOOK_EVERY_MS = 500;

/** npm, its shell, and a wrapper script in a container. */
const MAX_LEVELS = 4;

/** A shell that runs a script or a command line, not an interactive one: `sh start.sh`, `bash -ec 'npm start; …'`. */
const SCRIPT = /^\S*\b(sh|bash|dash|zsh|ksh|ash)( -\w+)* (-\w*c\b|[^-\s])/;

/**
 * Calls back when a parent process has ended. A killed parent cannot forward a signal, and this process would stay
 * behind and keep its ports. Under npm, the parents are npm, the shell in between, and a script that waits for npm.
 */
export function watchParents(onGone: () => void): void {
  const parent = process.ppid;
  const ancestors = process.env['npm_command'] ? upToNpm(parent) : [];
  const timer = setInterval(() => {
    if (process.ppid === parent && ancestors.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** Returns the ancestors from `pid` up to npm, and the script that runs npm; none if there is no npm. */
function upToNpm(pid: number): number[] {
  const ancestors: number[] = [];
  for (let current = pid; current > 1 && ancestors.length < MAX_LEVELS; ) {
    const found = describeProcess(current);
    if (!found) return [];
    ancestors.push(current);
    if (/^npm |\b(npm|npx)(-cli\.js)?\b/.test(found.command))
      return [...ancestors, ...scriptOf(found.parent)];
    current = found.parent;
  }
  return [];
}

/** A script that starts npm with `&` may end before it. A background job is recognized by its standard input: the shell
 * connects it to /dev/null. */
function scriptOf(pid: number): number[] {
  const isInBackground = fstatSync(0).rdev === statSync('/dev/null').rdev;
  return !isInBackground && isScript(describeProcess(pid)?.command ?? '') ? [pid] : [];
}

export function isScript(command: string): boolean {
  return SCRIPT.test(command);
}
