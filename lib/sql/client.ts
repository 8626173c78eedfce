import postgres from 'postgres';
import type { PostgresConfig } from '../config.ts';
import { iamToken } from './iamToken.ts';
import { socketOpener } from './openSocket.ts';

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
