/** Every error code that clients see, with its HTTP status and default detail. Codes never change; `detail`
 * is for people and also appears in the API documents. */
export const ERRORS = {
  invalid_request: { status: 400, detail: 'The request is malformed; `errors` lists every invalid field.' },
  unknown_action: { status: 400, detail: 'Unknown action.' },
  unauthorized: { status: 401, detail: 'The request has no token, or the token is invalid.' },
  forbidden: { status: 403, detail: 'This token does not grant access.' },
  not_found: { status: 404, detail: 'Path not found.' },
  poll_not_found: { status: 404, detail: 'Poll not found.' },
  poll_deleted: { status: 404, detail: 'The poll was deleted.' },
  receipt_not_found: { status: 404, detail: 'Receipt not found.' },
  method_not_allowed: {
    status: 405,
    detail: 'The path does not support this method; `Allow` lists the supported ones.',
  },
  not_acceptable: { status: 406, detail: 'None of the accepted formats is available.' },
  already_voted: { status: 409, detail: 'This voter has already voted in this poll.' },
  poll_closed: { status: 409, detail: 'Voting has closed.' },
  poll_not_open: { status: 409, detail: 'Voting has not opened yet.' },
  poll_changed: {
    status: 409,
    detail: 'The poll was reworded; votes for the old question and options do not count.',
  },
  too_many_subscriptions: { status: 409, detail: 'The connection has reached its limit of subscriptions.' },
  has_votes: { status: 409, detail: 'The poll has votes, so its question and options can no longer change.' },
  precondition_failed: {
    status: 412,
    detail: 'The poll has changed (not only in its counts) since this `ETag`.',
  },
  payload_too_large: { status: 413, detail: 'The body or frame is too large.' },
  unsupported_media_type: { status: 415, detail: 'The body must be application/json.' },
  unknown_option: { status: 422, detail: 'The poll has no such option.' },
  too_many_choices: { status: 422, detail: 'The vote has more choices than the poll allows.' },
  empty_ballot: { status: 422, detail: 'The vote must choose at least one option.' },
  idempotency_key_reused: {
    status: 422,
    detail: 'This Idempotency-Key was already used for a different poll.',
  },
  too_many_requests: { status: 429, detail: 'Too many requests; `Retry-After` says when to try again.' },
  internal_error: { status: 500, detail: 'Internal error. It has been logged.' },
  unavailable: { status: 503, detail: 'The service is temporarily unavailable. Retrying is safe.' },
} as const satisfies Record<string, { status: number; detail: string }>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

export type RefusalCode = Exclude<ErrorCode, 'unavailable' | 'internal_error'>;

/** One invalid field of a request. `field` is a path such as `options.1`. */
export interface FieldError {
  field: string;
  detail: string;
}

/** Base of this project's errors. `code` is stable; `retryable` says whether a retry can succeed. */
export abstract class PolePartyError extends Error {
  /** Spelled out because minification drops class names. */
  abstract override readonly name: string;
  abstract readonly code: string;
  abstract readonly retryable: boolean;
}

/** True if the error says that a retry may succeed. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

/** True if the error says that no retry can succeed. Most errors do not say. */
export function isPermanent(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false;
}

/** A refused request. Clients see the message. */
export class RefusedError extends PolePartyError {
  readonly name = 'RefusedError';
  readonly retryable = false;
  readonly code: RefusalCode;
  readonly fields: FieldError[];

  constructor(code: RefusalCode, detail: string = ERRORS[code].detail, fields: FieldError[] = []) {
    super(detail);
    this.code = code;
    this.fields = fields;
  }
}

/** A request with one invalid field.
 * @param detail continues a sentence that starts with the field's name */
export function invalidField(field: string, detail: string): RefusedError {
  return new RefusedError('invalid_request', `${field}: ${detail}`, [{ field, detail }]);
}

export class BadTokenError extends RefusedError {
  constructor(why: string) {
    super('unauthorized', `Invalid token: ${why}.`);
  }
}

/** A compressed body. */
export class ContentCodingError extends RefusedError {
  constructor() {
    super('unsupported_media_type', 'The body must not be compressed (Content-Encoding: identity only).');
  }
}

/** A quota, and what is left of it now. */
export interface Quota {
  /** The name of the policy, as in `RateLimit-Policy`. */
  name: string;
  /** Requests in a window. */
  limit: number;
  windowSeconds: number;
  remaining: number;
  /** Seconds until the whole quota is available again. */
  resetSeconds: number;
}

/** A quota is used up. Nothing was done, so the same request can be sent again. */
export class TooManyRequestsError extends RefusedError {
  readonly quota: Quota;

  constructor(quota: Quota) {
    const { name, limit, windowSeconds, resetSeconds } = quota;
    super(
      'too_many_requests',
      `More than ${limit} ${name} in ${windowSeconds} seconds. Try again in ${resetSeconds} s.`,
    );
    this.quota = quota;
  }
}

/** RFC 6750: the `WWW-Authenticate` header for a missing and for an invalid token. */
export const CHALLENGE = { noToken: 'Bearer', badToken: 'Bearer error="invalid_token"' };

/** A dependency (Kafka, Postgres or the token issuer) timed out or failed temporarily. */
export class UnavailableError extends PolePartyError {
  readonly name = 'UnavailableError';
  readonly code = 'unavailable';
  readonly retryable = true;
}

/** Turns the error with which Middy ends an invocation, shortly before its timeout, into one that says that a retry may
 * succeed: a dependency hung longer than its own time limit, or the process was frozen. */
export function unavailableIfTimedOut(error: unknown): unknown {
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  return isTimeout ? new UnavailableError('The function timed out.') : error;
}

/** Kafka rejects this record permanently, for example because it is too large. */
export class UnsendableError extends PolePartyError {
  readonly name = 'UnsendableError';
  readonly code = 'unsendable';
  readonly retryable = false;
}

/** A dependency missed the caller's deadline. */
export class NoAnswerError extends UnavailableError {
  readonly who: string;

  constructor(who: string) {
    super(`${who} did not answer in time.`);
    this.who = who;
  }
}

/** A Kafka record that stays unreadable however often it is retried. */
export class PoisonRecordError extends PolePartyError {
  readonly name = 'PoisonRecordError';
  readonly code = 'poison_record';
  readonly retryable = false;
}

/** A webhook target that is unreachable or not allowed. */
export class TargetError extends PolePartyError {
  readonly name = 'TargetError';
  readonly code = 'bad_target';
  readonly retryable = true;
}

/** An environment variable is missing or invalid. */
export class ConfigError extends PolePartyError {
  readonly name = 'ConfigError';
  readonly code = 'bad_configuration';
  readonly retryable = false;
}

/** The local system cannot start. The user sees only this message, so it names the problem and the fix. */
export class StartError extends PolePartyError {
  readonly name = 'StartError';
  readonly code = 'start_failed';
  readonly retryable = false;
}

/** A command was called with wrong arguments. */
export class UsageError extends PolePartyError {
  readonly name = 'UsageError';
  readonly code = 'wrong_usage';
  readonly retryable = false;
}

/** An existing topic has settings that would lose or misjudge votes. */
export class TopicError extends PolePartyError {
  readonly name = 'TopicError';
  readonly code = 'bad_topic';
  readonly retryable = false;
}

/** This database counts votes from other topics. */
export class ForeignTopicsError extends PolePartyError {
  readonly name = 'ForeignTopicsError';
  readonly code = 'foreign_topics';
  readonly retryable = false;
}

/** The database schema does not match this version's migrations. */
export class MigrationError extends PolePartyError {
  readonly name = 'MigrationError';
  readonly code = 'bad_migration';
  readonly retryable = false;
}

/** The `code` of a Node error (`EADDRINUSE`) or of a PostgreSQL error (an SQLSTATE). */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** An error as one sentence. An `AggregateError` (one failure per address) is reduced to its first reason,
 * and an `UnavailableError` adds its cause. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const message = line.endsWith('.') ? line : `${line}.`;
  return error instanceof UnavailableError && error.cause ? `${message} ${messageOf(error.cause)}` : message;
}
