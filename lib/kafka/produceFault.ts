// What the broker says of the records or of the sender's rights. Another try would hear the same.
const REFUSALS = new Set([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** The leader of a partition is another one now than when its records were sorted by leader. */
export class MovedError extends Error {
  override readonly name = 'MovedError';
}

/** The topic's metadata do not know this partition. */
export class UnknownPartitionError extends Error {
  override readonly name = 'UnknownPartitionError';
}

/** `moved` is tried again at once, `tooLarge` in smaller pieces, `unknown` a few times, `away` until the deadline;
 * `refused` and `timedOut` never: records that timed out may be in the log, and their time is nearly over. */
export type FaultKind = 'refused' | 'tooLarge' | 'unknown' | 'moved' | 'timedOut' | 'away';

/** What kind of fault kept a record from landing.
 * @param error as KafkaJS throws it, which wraps it once or more */
export function faultKind(error: unknown): FaultKind {
  if (!(error instanceof Error)) return 'away';
  const type = 'type' in error ? String(error.type) : '';
  if (REFUSALS.has(type)) return 'refused';
  if (TOO_LARGE.has(type)) return 'tooLarge';
  if (error instanceof MovedError) return 'moved';
  if (error instanceof UnknownPartitionError || type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'unknown';
  if (error.name === 'KafkaJSRequestTimeoutError') return 'timedOut';
  return error.cause === undefined ? 'away' : faultKind(error.cause);
}
