import { describeProcess } from './describeProcess.ts';
import { isAlive } from './isAlive.ts';

const LOOK_EVERY_MS = 500;

/** npm, its shell, and what wraps a script in a container. */
const MOST_LEVELS = 4;

/**
 * Calls back when who started us is gone. A parent that is killed cannot pass that on: we would be left behind
 * with every port taken. Under npm, that is true of npm and of the shell in between.
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

/** The ancestors from `pid` up to the first that is npm; none if there is none. */
function upToNpm(pid: number): number[] {
  const ancestors: number[] = [];
  for (let current = pid; current > 1 && ancestors.length < MOST_LEVELS; ) {
    const found = describeProcess(current);
    if (!found) return [];
    ancestors.push(current);
    if (/^npm |\b(npm|npx)(-cli\.js)?\b/.test(found.command)) return ancestors;
    current = found.parent;
  }
  return [];
}
