import { monotonicMs } from '../clock.ts';

const EVERY_MS = 3_000;

/** Progress lines for the operator, separate from the command's answer. */
export interface Progress {
  /** Sets the current activity. It is printed with the elapsed time every few seconds until it is replaced. */
  doing(what: string): void;
  say(line: string): void;
  stop(): void;
}

/** @param write prints one line; the line has no newline at its end */
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
