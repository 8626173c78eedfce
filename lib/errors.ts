/** What a client can be told, by its stable code; the codes are part of the interface. `detail` is for people: what an
 * answer says unless it can say more, and what the interface's documents say of the code. */
export const ERRORS = {
  invalid_request: { status: 400, detail: 'The request is malformed; `errors` lists every invalid field.' },
  unknown_action: { status: 400, detail: 'There is no such action.' },
  unauthorized: { status: 401, detail: 'The request has no credentials, or an invalid token.' },
  forbidden: { status: 403, detail: 'The credentials do not allow this.' },
  not_found: { status: 404, detail: 'There is nothing at this path.' },
  poll_not_found: { status: 404, detail: 'There is no such poll.' },
  poll_deleted: { status: 404, detail: 'The poll was deleted.' },
  receipt_not_found: { status: 404, detail: 'There is no such receipt.' },
  method_not_allowed: {
    status: 405,
    detail: 'The path does not take this method; `Allow` lists those it takes.',
  },
  not_acceptable: { status: 406, detail: 'None of the accepted formats is available.' },
  already_voted: { status: 409, detail: 'This voter has already voted in this poll.' },
  poll_closed: { status: 409, detail: 'Voting is over.' },
  poll_not_open: { status: 409, detail: 'Voting has not begun yet.' },
  too_many_subscriptions: { status: 409, detail: 'The connection has as many subscriptions as it may have.' },
  has_votes: { status: 409, detail: 'The poll has votes, so its question and options can no longer change.' },
  payload_too_large: { status: 413, detail: 'The body or frame is too large.' },
  unsupported_media_type: { status: 415, detail: 'The body must be application/json.' },
  unknown_option: { status: 422, detail: 'The poll has no such option.' },
  too_many_choices: { status: 422, detail: 'The ballot has more choices than the poll allows.' },
  empty_ballot: { status: 422, detail: 'The ballot must choose at least one option.' },
  idempotency_key_reused: { status: 422, detail: 'This Idempotency-Key was used for a different poll.' },
  internal_error: { status: 500, detail: 'Internal error; it was logged.' },
  unavailable: { status: 503, detail: 'The service is unavailable right now. Retrying is safe.' },
} as const satisfies Record<string, { status: number; detail: string }>;

/** Every code that a client can meet. */
export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** Every code but those of faults that are not the client's own. */
export type RefusalCode = Exclude<ErrorCode, 'unavailable' | 'internal_error'>;

/** One faulty field of a request: where it is (`options.1`), and what is wrong with it. */
export interface FieldError {
  field: string;
  detail: string;
}

/** Base of what this project throws. `code` is stable; `retryable` says whether the same call may yet succeed. */
export abstract class PolePartyError extends Error {
  /** Spelled out, since a minified bundle does not keep the name of the class. */
  abstract override readonly name: string;
  abstract readonly code: string;
  abstract readonly retryable: boolean;
}

/** Whether the same call may yet succeed, as far as the error says. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

/** Whether an error says that no retry will help; most do not say. */
export function isHopeless(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false;
}

/** A request that is refused. Its message is for the client. */
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

/** A request of which one field is wrong.
 * @param detail goes on from the field's name */
export function invalidField(field: string, detail: string): RefusedError {
  return new RefusedError('invalid_request', `${field}: ${detail}`, [{ field, detail }]);
}

/** A request whose token is invalid. */
export class BadTokenError extends RefusedError {
  constructor(why: string) {
    super('unauthorized', `Invalid token: ${why}.`);
  }
}

/** RFC 6750: the `WWW-Authenticate` of a request without a token, and of one whose token is invalid. */
export const CHALLENGE = { noToken: 'Bearer', badToken: 'Bearer error="invalid_token"' };

/** Something that is needed did not answer in time, or answered with a fault that passes: Kafka, Postgres, or the
 * issuer of voters' tokens. */
export class UnavailableError extends PolePartyError {
  readonly name = 'UnavailableError';
  readonly code = 'unavailable';
  readonly retryable = true;
}

/** Kafka refuses a record for what it is or where it is to go, and will do so again. */
export class UnsendableError extends PolePartyError {
  readonly name = 'UnsendableError';
  readonly code = 'unsendable';
  readonly retryable = false;
}

/** Something did not answer by the deadline of whoever asked. */
export class NoAnswerError extends UnavailableError {
  readonly who: string;

  constructor(who: string) {
    super(`${who} did not answer in time.`);
    this.who = who;
  }
}

/** A Kafka record that no retry will make readable. */
export class PoisonRecordError extends PolePartyError {
  readonly name = 'PoisonRecordError';
  readonly code = 'poison_record';
  readonly retryable = false;
}

/** The receiver of a webhook is nowhere, or where no webhook may go. */
export class TargetError extends PolePartyError {
  readonly name = 'TargetError';
  readonly code = 'bad_target';
  readonly retryable = true;
}

/** The environment is not as the README's table asks. */
export class ConfigError extends PolePartyError {
  readonly name = 'ConfigError';
  readonly code = 'bad_configuration';
  readonly retryable = false;
}

/** The local system cannot start. The message says what is wrong and what to do: it is all that a user sees. */
export class StartError extends PolePartyError {
  readonly name = 'StartError';
  readonly code = 'start_failed';
  readonly retryable = false;
}

/** A command was not called as its help says. */
export class UsageError extends PolePartyError {
  readonly name = 'UsageError';
  readonly code = 'wrong_usage';
  readonly retryable = false;
}

/** A topic that is there already has settings under which votes would be lost or misjudged. */
export class TopicError extends PolePartyError {
  readonly name = 'TopicError';
  readonly code = 'bad_topic';
  readonly retryable = false;
}

/** The database counts the votes of other topics. */
export class ForeignTopicsError extends PolePartyError {
  readonly name = 'ForeignTopicsError';
  readonly code = 'foreign_topics';
  readonly retryable = false;
}

/** The database's schema and the migrations of this version do not go together. */
export class MigrationError extends PolePartyError {
  readonly name = 'MigrationError';
  readonly code = 'bad_migration';
  readonly retryable = false;
}

/** The `code` of an error of Node's, such as `EADDRINUSE`, or of PostgreSQL's, an SQLSTATE. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** What an error says, as one sentence. A connection that fails over several addresses has its reasons inside; one
 * that was given up, its cause. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const message = line.endsWith('.') ? line : `${line}.`;
  return error instanceof UnavailableError && error.cause ? `${message} ${messageOf(error.cause)}` : message;
}
