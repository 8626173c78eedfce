import { monotonicMs } from '../clock.ts';

const EVERY_MS = 3_000;

/** Lines for people who wait, apart from what a command answers. */
export interface Progress {
  /** What is being done; said with the time it takes, every few seconds, until it is done or something else is. */
  doing(what: string): void;
  say(line: string): void;
  stop(): void;
}

/** @param write takes one line, without its end */
export function startProgress(write: (line: string) => void): Progress {
  let current = '';
  let since = monotonicMs();
  const timer = setInterval(() => {
    if (current) write(`${current} (${Math.round((monotonicMs() - since) / 1_000)} s)`);
  }, EVERY_MS);
  return {
    doing(what) {
      if (!current) since = monotonicMs();
      current = what;
    },
    say: write,
    stop: () => clearInterval(timer),
  };
}
