import type { MskEvent } from './mskEvent.ts';

/** One event source mapping of the deployed stack. */
export interface Mapping {
  readonly functionKey: string;
  readonly functionArn: string;
  readonly eventSourceArn: string;
  readonly topic: string;
  readonly groupId: string;
  /** Maximum number of records in one invocation. */
  readonly batchSize: number;
  /** How long an incomplete batch waits for more records, counted from the arrival of its first one. */
  readonly batchingWindowMs: number;
  /** null: no timeout. */
  readonly functionTimeoutMs: number | null;
  readonly startingPosition: StartingPosition;
  /** Retries after the first attempt; can be Infinity. */
  readonly maximumRetryAttempts: number;
  /** Older records are given up unsent; can be Infinity. */
  readonly maximumRecordAgeMs: number;
  readonly bisectBatchOnFunctionError: boolean;
  readonly reportBatchItemFailures: boolean;
  /** Topic of the same cluster that receives failed records; null: they are dropped. */
  readonly onFailureTopic: string | null;
  /** Selects the records that reach the function; null: all. */
  readonly filter: RecordFilter | null;
}

export type StartingPosition =
  | { readonly at: 'TRIM_HORIZON' }
  | { readonly at: 'LATEST' }
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number };

/** Returns true if the record with this value reaches the function. A tombstone's value is null. */
export type RecordFilter = (value: Buffer | null) => boolean;

/**
 * Runs the function once and resolves with its response. Rejects with the function's error.
 * `signal` aborts at the timeout; the result is ignored afterwards.
 */
export type Invoke = (functionKey: string, event: MskEvent, signal: AbortSignal) => Promise<unknown>;

export interface Log {
  info(message: string): void;
  warn(message: string): void;
}
