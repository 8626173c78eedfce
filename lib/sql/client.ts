import { createConnection, isIPv6, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { wallClockMs } from '../clock.ts';
import { awsCredentials, type PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { presign } from '../tokens/signatureV4.ts';

/** `bigint` is read as a number: counts, microseconds and offsets stay below 2^53. */
const BIGINT = {
  to: 20,
  from: [20],
  serialize: (value: number) => String(value),
  parse: (text: string) => Number(text),
};

export type Sql = postgres.Sql<{ bigint: number }>;
/** For operations that can also run in a transaction. */
export type AnySql = postgres.ISql<{ bigint: number }>;

/** Shorter than the time after which proxies and firewalls drop an idle connection; a frozen Lambda
 * environment is idle. */
const IDLE_SECONDS = 20;
/** Kept short, because a failover leaves connections to the old writer. */
const LIFETIME_SECONDS = 300;
const CONNECT_SECONDS = 5;
/** The longest time until a recovered server is used again; postgres.js would back off up to 20 s. */
const MAX_PAUSE_SECONDS = 2;

/** Creates a client. It connects on the first query and reconnects after a loss.
 * @param beforeConnecting runs before each connection; if it rejects, so does the query that needs the connection */
export function connect(config: PostgresConfig, beforeConnecting?: () => Promise<void>): Sql {
  // Missing in postgres.js' types: the option, and hosts as a list.
  const sockets: object = { ...targetOf(config), socket: socketOpener(beforeConnecting) };
  return postgres({
    ...sockets,
    username: config.user,
    password: config.auth === 'iam' ? () => iamToken(config) : (config.password ?? ''),
    database: config.database,
    // Lambda's NODE_EXTRA_CA_CERTS contains the RDS authorities; RDS Proxy uses certificates of Amazon's
    // public CA.
    ssl: config.tls === 'verify' ? 'verify-full' : false,
    max: config.poolSize,
    idle_timeout: IDLE_SECONDS,
    max_lifetime: LIFETIME_SECONDS,
    connect_timeout: CONNECT_SECONDS,
    backoff: (tries) => Math.min(MAX_PAUSE_SECONDS, 0.1 * 2 ** tries),
    fetch_types: false,
    prepare: config.prepare,
    types: { bigint: BIGINT },
    onnotice: () => {},
  });
}

/** postgres.js cuts a host at its first colon, but not the hosts of a list. */
function targetOf({ host, port }: PostgresConfig) {
  return isIPv6(host) ? { host: [host], port: [port] } : { host, port };
}

/** The connection target as postgres.js passes it. */
interface Target {
  host: string[];
  port: number[];
  /** The path of a Unix domain socket. */
  path: string | false;
}

/** Connections live for minutes, so a healthy one never reconnects this often. */
const INTERVAL_MS = 100;

/** Lets the largest pool connect at once. */
const BURST_MS = 100 * INTERVAL_MS;

/** The code that postgres.js uses for connections lost later. */
class HangUp extends Error {
  readonly code = 'CONNECTION_CLOSED';
}

const HUNG_UP = 'The server closed the connection during startup; it may not be PostgreSQL.';

/** Opens a client's connections. If the peer hangs up before the server is ready, postgres.js reconnects at
 * once: with a peer that is not PostgreSQL thousands of times per second, forever, and no query fails.
 * Raising an error on hang-up makes it fail the query and back off. Over TLS postgres.js ignores that error,
 * so there only the rate limit helps. */
export function socketOpener(beforeConnecting?: () => Promise<void>): (target: Target) => Promise<Socket> {
  let paidUntil = 0;

  return async ({ host: [host = ''], port: [port = 0], path }) => {
    await beforeConnecting?.();
    const now = performance.now();
    paidUntil = Math.max(paidUntil, now) + INTERVAL_MS;
    if (paidUntil - now > BURST_MS) await sleep(paidUntil - now - BURST_MS);

    const socket = path ? createConnection(path) : createConnection(port, host);
    // Registered before postgres.js adds its own listener.
    socket.once('close', (hadError) => {
      if (!hadError) socket.emit('error', new HangUp(HUNG_UP));
    });
    // postgres.js reads the host name for certificate checks from the socket.
    return Object.assign(socket, { host, port });
  };
}

/** The maximum that RDS allows. */
const TOKEN_SECONDS = 900;

/** Creates the password for RDS IAM authentication: a presigned connect request.
 * @throws ConfigError without region or credentials */
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
