import { fstatSync, statSync } from 'node:fs';
import { describeProcess, isAlive } from './processes.ts';

const LOOK_EVERY_MS = 500;

/** npm, its shell, and what wraps a script in a container. */
const MAX_LEVELS = 4;

/** A shell that runs a script or a command line, and no terminal: `sh start.sh`, `bash -ec 'npm start; …'`. */
const SCRIPT = /^\S*\b(sh|bash|dash|zsh|ksh|ash)( -\w+)* (-\w*c\b|[^-\s])/;

/**
 * Calls back when who started us is gone. A parent that is killed cannot pass that on: we would be left behind
 * with every port taken. Under npm, that is true of npm, of the shell in between, and of a script that waits for npm.
 */
export function watchParents(onGone: () => void): void {
  const parent = process.ppid;
  const elders = process.env['npm_command'] ? upToNpm(parent) : [];
  const timer = setInterval(() => {
    if (process.ppid === parent && elders.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** The ancestors from `pid` up to the first that is npm, and the script that it is in; none if there is no npm. */
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

/** A script may also end while we are to go on, having started us with `&`: then the shell has put /dev/null in the
 * place of our standard input. */
function scriptOf(pid: number): number[] {
  const isInBackground = fstatSync(0).rdev === statSync('/dev/null').rdev;
  return !isInBackground && isScript(describeProcess(pid)?.command ?? '') ? [pid] : [];
}

export function isScript(command: string): boolean {
  return SCRIPT.test(command);
}
