import { hostAndPort } from '../addresses.ts';
import type { CreateAuth } from '../config.ts';
import type { LocalConfig } from '../localConfig.ts';

export interface Progress {
  /** Does the work and prints a line with its duration. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
}

/** @param write prints one line; the line has no newline at its end */
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

/** Formats a duration as `   0.4 s`, aligned up to a quarter of an hour. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns the URLs of the system, and a command that creates a first poll, which ends in a day.
 * @param invitation the last line, which says where to open the page */
export function welcome(
  { httpPort, websocketPort }: LocalConfig,
  now: Date,
  auth: CreateAuth,
  invitation: string,
  host = 'localhost',
): string {
  const http = `http://${hostAndPort(host, httpPort)}`;
  const poll = {
    question: 'Tea or coffee?',
    options: ['Tea', 'Coffee'],
    expired_at: new Date(now.getTime() + DAY_MS).toISOString(),
  };
  const key = auth === 'key' ? ' -H "authorization: Bearer $KEY"' : '';
  return `
  HTTP        ${http}
  WebSocket   ws://${hostAndPort(host, websocketPort)}

Try it${key && ', with KEY set to a key of npm run keys -- create <name>'}:
  curl -s ${http}/polls${key} -H 'content-type: application/json' \\
    -d '${JSON.stringify(poll)}'

${invitation}
`;
}
