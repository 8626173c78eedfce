import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { wallClockMs } from '../clock.ts';
import { awsCredentials, type PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { presign } from '../tokens/signatureV4.ts';

/** Counts, microseconds and offsets stay below 2^53, so `bigint` is read as a number. */
const BIGINT = {
  to: 20,
  from: [20],
  serialize: (value: number) => String(value),
  parse: (text: string) => Number(text),
};

export type Sql = postgres.Sql<{ bigint: number }>;
/** What an operation takes that may also run inside a transaction. */
export type AnySql = postgres.ISql<{ bigint: number }>;

/** Shorter than a proxy or firewall keeps a silent connection, and a frozen Lambda environment's is silent. */
const IDLE_SECONDS = 20;
/** A fail-over leaves connections to the old writer, so none lives long. */
const LIFETIME_SECONDS = 300;
const CONNECT_SECONDS = 5;
/** A server that comes back is found within this; the client's own pauses grow to 20 s. */
const LONGEST_PAUSE_SECONDS = 2;

/** Opens nothing yet: connections come with the first query, and again after they broke. */
export function connect(config: PostgresConfig): Sql {
  // Its types do not know of the option.
  const sockets: object = { socket: socketOpener() };
  return postgres({
    ...sockets,
    host: config.host,
    port: config.port,
    username: config.user,
    password: config.auth === 'iam' ? () => iamToken(config) : (config.password ?? ''),
    database: config.database,
    // Lambda's NODE_EXTRA_CA_CERTS holds the authorities of RDS; a proxy's certificate is of Amazon's own.
    ssl: config.tls === 'verify' ? 'verify-full' : false,
    max: config.poolSize,
    idle_timeout: IDLE_SECONDS,
    max_lifetime: LIFETIME_SECONDS,
    connect_timeout: CONNECT_SECONDS,
    backoff: (tries) => Math.min(LONGEST_PAUSE_SECONDS, 0.1 * 2 ** tries),
    fetch_types: false,
    prepare: config.prepare,
    types: { bigint: BIGINT },
    onnotice: () => {},
  });
}

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

/** How long a token opens connections; RDS allows no more. */
const TOKEN_SECONDS = 900;

/**
 * The password of RDS's IAM authentication: a presigned request to connect, made of the credentials that Lambda
 * puts in the environment.
 *
 * @throws ConfigError without region or credentials
 */
export function iamToken(
  config: PostgresConfig,
  credentials = awsCredentials(),
  nowMs = wallClockMs(),
): string {
  if (!config.region) throw new ConfigError('IAM authentication needs AWS_REGION.');
  const request = {
    host: `${config.host}:${config.port}`,
    service: 'rds-db',
    region: config.region,
    query: { Action: 'connect', DBUser: config.user },
    seconds: TOKEN_SECONDS,
  };
  return presign(request, credentials, nowMs);
}
