/** A stable code for every way in which a request or a ballot can be refused; part of the interface. */
export const REFUSAL_CODES = [
  'invalid_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'poll_not_found',
  'receipt_not_found',
  'method_not_allowed',
  'not_acceptable',
  'already_voted',
  'poll_closed',
  'poll_not_open',
  'poll_deleted',
  'has_votes',
  'payload_too_large',
  'unsupported_media_type',
  'unknown_option',
  'too_many_choices',
  'empty_ballot',
  'idempotency_key_reused',
  'unknown_action',
  'too_many_subscriptions',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** What a client hears of faults that are not its own. */
export const FAULT_CODES = ['unavailable', 'internal_error'] as const;

/** Every code that a client can meet. */
export type ErrorCode = RefusalCode | (typeof FAULT_CODES)[number];

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

/** The client asked for something it cannot have. Its message is written for the client. */
export class RefusedError extends PolePartyError {
  readonly name = 'RefusedError';
  readonly retryable = false;
  readonly code: RefusalCode;
  readonly fields: FieldError[];

  constructor(code: RefusalCode, message: string, fields: FieldError[] = []) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

/** A request of which one field is wrong.
 * @param detail goes on from the field's name */
export function invalidField(field: string, detail: string): RefusedError {
  return new RefusedError('invalid_request', `${field}: ${detail}`, [{ field, detail }]);
}

/** A token came along, and nobody here is to believe it. */
export class BadTokenError extends RefusedError {
  constructor(why: string) {
    super('unauthorized', `The token does not hold: ${why}.`);
  }
}

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
