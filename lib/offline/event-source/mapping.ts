import type { MskEvent } from './mskEvent.ts';

/** One event source mapping as the deployed stack would have it, in the units that this code uses. */
export interface Mapping {
  readonly functionKey: string;
  readonly functionArn: string;
  readonly eventSourceArn: string;
  readonly topic: string;
  readonly groupId: string;
  /** Records in one invocation, at most. */
  readonly batchSize: number;
  /** How long an incomplete batch waits for more, from its first record's arrival on; 0 is not at all. */
  readonly batchingWindowMs: number;
  /** An invocation that takes longer has failed; null waits for ever. */
  readonly functionTimeoutMs: number | null;
  readonly startingPosition: StartingPosition;
  /** Retries after the first attempt; Infinity is for ever. */
  readonly maximumRetryAttempts: number;
  /** Older records are not sent any more; Infinity is none. */
  readonly maximumRecordAgeMs: number;
  readonly bisectBatchOnFunctionError: boolean;
  readonly reportBatchItemFailures: boolean;
  /** Topic of the same cluster that receives what is given up; null drops it. */
  readonly onFailureTopic: string | null;
  /** Which records reach the function; null is all. */
  readonly filter: RecordFilter | null;
}

export type StartingPosition =
  | { readonly at: 'TRIM_HORIZON' }
  | { readonly at: 'LATEST' }
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number };

/** True if the record with this value (bytes as produced, null for a tombstone) is for the function. */
export type RecordFilter = (value: Buffer | null) => boolean;

/**
 * Runs the function once and gives what it returns; a rejection is the function's error.
 * `signal` aborts when the time of the invocation is up, after which its result counts no more.
 */
export type Invoke = (functionKey: string, event: MskEvent, signal: AbortSignal) => Promise<unknown>;

export interface Log {
  info(message: string): void;
  warn(message: string): void;
}
