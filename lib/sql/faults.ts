import { errorCode, UnavailableError } from '../errors.ts';

// Codes of Node and postgres.js: a connection is lost or cannot be made.
const AWAY = new Set([
  ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
  // This machine has no port, file descriptor or memory left for another connection.
  ...['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'],
]);
// Codes of Node and OpenSSL: TLS fails, or a certificate has expired or is not known.
const TLS_FAULT = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/;
// By class: connection failure, login refused, no such database, insufficient resources, shutdown or startup,
// system error (I/O), internal error. Then: idle transaction, long transaction, demoted writer (read-only).
const AWAY_SQLSTATE = /^(?:(?:08|28|3D|53|58|XX)...|57P..|25P03|25P04|25006)$/;
// They end the session, whatever the SQLSTATE: 55000 if the database accepts no connections, 42501 if the role may
// no longer connect.
const ENDS_SESSION = new Set(['FATAL', 'PANIC']);
// A timeout of limits.ts, a full disk, or a conflict. The connection stays usable.
const BUSY_SQLSTATE = /^(?:55P03|57014|53100|40P01|40001)$/;
// A table, column or function is missing, because the migration that adds it has not run yet.
const BEHIND_SQLSTATE = /^(?:42P01|42703|42883)$/;
// Deadlock or serialization failure: a retry usually succeeds at once.
const COLLISION_SQLSTATE = /^(?:40P01|40001)$/;
const NO_DATABASE_SQLSTATE = '3D000';
const UNIQUE_VIOLATION_SQLSTATE = '23505';

const codeOf = (error: unknown) => errorCode(error) ?? '';

/** True if the server answered with this error. */
export const isFromPostgres = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PostgresError';

/** True if the error means that Postgres is unavailable, and says nothing about the query. */
export function isPostgresAway(error: unknown): boolean {
  const code = codeOf(error);
  const isKnown = AWAY.has(code) || AWAY_SQLSTATE.test(code) || TLS_FAULT.test(code);
  return isKnown || endsSession(error) || isOfConnecting(error);
}

const endsSession = (error: unknown) => ENDS_SESSION.has(`${fieldOf(error, 'severity')}`);

/** Any other reason that Node has for a refused connection, such as a missing Unix domain socket. */
const isOfConnecting = (error: unknown) => fieldOf(error, 'syscall') === 'connect';

const fieldOf = (error: unknown, name: 'severity' | 'syscall'): unknown =>
  typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;

/** True if a reachable server cannot serve the query now but may soon. */
export function isPostgresBusy(error: unknown): boolean {
  return BUSY_SQLSTATE.test(codeOf(error));
}

/** True if the schema lacks something that this version needs: a deployment came before its migration. */
export function isSchemaBehind(error: unknown): boolean {
  return BEHIND_SQLSTATE.test(codeOf(error));
}

/** True if the same query usually succeeds when it is sent again at once. */
export function isCollision(error: unknown): boolean {
  return COLLISION_SQLSTATE.test(codeOf(error));
}

/** True if a row with the same key exists. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === UNIQUE_VIOLATION_SQLSTATE;
}

/** True if an operator has to fix it: a server that is still starting does not answer like this. */
export function isMisconfigured(error: unknown): boolean {
  const code = codeOf(error);
  return code === NO_DATABASE_SQLSTATE || TLS_FAULT.test(code);
}

const SCHEMA_IS_BEHIND = 'The database schema is too old.';

/** Wraps an error in `UnavailableError` if Postgres is unavailable or busy, or its schema is behind; otherwise
 * returns it unchanged. */
export function unavailableIfAway(error: unknown): unknown {
  if (isPostgresBusy(error)) return new UnavailableError('Postgres is busy.', { cause: error });
  if (isSchemaBehind(error)) return new UnavailableError(SCHEMA_IS_BEHIND, { cause: error });
  return isPostgresAway(error) ? new UnavailableError('Postgres is unavailable.', { cause: error }) : error;
}
