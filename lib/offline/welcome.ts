import type { LocalConfig } from '../config.ts';

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
