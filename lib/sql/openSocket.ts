import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What postgres.js tells us of where to connect. */
interface Target {
  host: string[];
  port: number[];
  /** Of a Unix domain socket. */
  path: string | false;
}

/** A connection lives for minutes. One that is made anew more often than this is of no use. */
const INTERVAL_MS = 100;

/** The largest pool, all of it at once. */
const BURST_MS = 100 * INTERVAL_MS;

/** With the code that postgres.js gives to connections that are lost later. */
class HangUp extends Error {
  readonly code = 'CONNECTION_CLOSED';
}

/**
 * Opens the connections of a client. postgres.js takes a hang-up before the server is ready for nothing and connects
 * again at once: to something that is not PostgreSQL thousands of times a second, for ever, and no query hears of it.
 * So here a hang-up is an error, which it passes on, and after which it pauses. Over TLS it does not listen to us any
 * more; there the pace is all that holds it.
 */
export function socketOpener(): (target: Target) => Promise<Socket> {
  let paidUntil = 0;

  return async ({ host: [host = ''], port: [port = 0], path }) => {
    const now = performance.now();
    paidUntil = Math.max(paidUntil, now) + INTERVAL_MS;
    if (paidUntil - now > BURST_MS) await sleep(paidUntil - now - BURST_MS);

    const socket = path ? createConnection(path) : createConnection(port, host);
    // Ahead of postgres.js, which listens once it has the socket.
    socket.once('close', (hadError) => {
      if (!hadError) socket.emit('error', new HangUp('It hung up, as if it were not PostgreSQL'));
    });
    // It looks here for the name that the certificate has to have.
    return Object.assign(socket, { host, port });
  };
}
