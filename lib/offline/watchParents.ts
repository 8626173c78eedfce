import { fstatSync, statSync } from 'node:fs';
import { childrenOf, describeProcess, isAlive } from './processes.ts';

const LOOK_EVERY_MS = 500;

/** npm, its shell, and a wrapper script in a container. */
const MAX_LEVELS = 4;

/** A shell that runs a script or a command line, not an interactive one: `sh start.sh`, `bash -ec 'npm start; …'`. */
const SCRIPT = /^\S*\b(sh|bash|dash|zsh|ksh|ash)( -\w+)* (-\w*c\b|[^-\s])/;

/** Between its last command and its end, a script has no other child for a moment, too. */
const MIN_LOOKS_ALONE = 2;

/**
 * Calls back when a parent process has ended. A killed parent cannot forward a signal, and this process would stay
 * behind and keep its ports. Under npm, the parents are npm, the shell in between, and a script that waits for npm.
 */
export function watchParents(onGone: () => void): void {
  const parent = process.ppid;
  const ancestors = process.env['npm_command'] ? upToNpm(parent) : [];
  const hasLostScript = watchScript(ancestors.at(-1));
  const timer = setInterval(() => {
    if (process.ppid === parent && ancestors.every(isAlive) && !hasLostScript()) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** Returns the ancestors from `pid` up to npm; none if there is no npm. */
function upToNpm(pid: number): number[] {
  const ancestors: number[] = [];
  for (let current = pid; current > 1 && ancestors.length < MAX_LEVELS; ) {
    const found = describeProcess(current);
    if (!found) return [];
    ancestors.push(current);
    if (/^npm |\b(npm|npx)(-cli\.js)?\b/.test(found.command)) return ancestors;
    current = found.parent;
  }
  return [];
}

/**
 * Watches the script that runs npm. One that starts npm with `&` may end before it. The shell connects the standard
 * input of such a job to /dev/null, but so do cron and CI for all that they run, and then a script that waits for npm is
 * recognized by having no other child.
 *
 * @returns whether the script has ended, although it waited for npm
 */
function watchScript(npm: number | undefined): () => boolean {
  const script = npm && describeProcess(npm)?.parent;
  if (!script || !isScript(describeProcess(script)?.command ?? '')) return () => false;
  if (fstatSync(0).rdev !== statSync('/dev/null').rdev) return () => !isAlive(script);
  let looksAlone = 0;
  return () => {
    if (!isAlive(script)) return looksAlone >= MIN_LOOKS_ALONE;
    looksAlone = waitsFor(npm, childrenOf(script)) ? looksAlone + 1 : 0;
    return false;
  };
}

function waitsFor(npm: number, children: number[]): boolean {
  return children.includes(npm) && children.every((child) => child === npm || readsFromUs(child));
}

/** Whether a process is the next one of the same pipeline: `npm start | tee start.log`. */
function readsFromUs(pid: number): boolean {
  try {
    const output = fstatSync(1);
    return output.isFIFO() && output.ino === statSync(`/proc/${pid}/fd/0`).ino;
  } catch {
    return false;
  }
}

export function isScript(command: string): boolean {
  return SCRIPT.test(command);
}
