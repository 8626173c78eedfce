import type { LocalConfig } from '../config.ts';

export interface Progress {
  /** Does the work and prints a line with how long it took. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
}

/** @param write takes one line, without its end */
export function progress(write: (line: string) => void): Progress {
  return {
    say: write,
    step: async (name, work) => {
      const start = performance.now();
      const result = await work();
      write(`${seconds(performance.now() - start)}  ${name}`);
      return result;
    },
  };
}

/** `   0.4 s`: aligned for what takes less than a quarter of an hour. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Where the system is to be found, and a first poll to try it with, which ends in a day. */
export function welcome({ httpPort, websocketPort }: LocalConfig, now: Date): string {
  const poll = {
    question: 'Tea or coffee?',
    options: ['Tea', 'Coffee'],
    expired_at: new Date(now.getTime() + DAY_MS).toISOString(),
  };
  return `
  HTTP        http://localhost:${httpPort}
  WebSocket   ws://localhost:${websocketPort}

Try it:
  curl -s http://localhost:${httpPort}/polls -H 'content-type: application/json' \\
    -d '${JSON.stringify(poll)}'
`;
}
