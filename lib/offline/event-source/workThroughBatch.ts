import type { Batch } from './recordBuffer.ts';
import { backOffMs, type Chunk, decide, type RetryPolicy } from './retryPlan.ts';
import type { Verdict } from './verdict.ts';

/** Why records are given up; the values of Lambda's failure records. */
export type Condition = 'RetriesExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

export interface BatchPolicy extends RetryPolicy {
  readonly maximumRecordAgeMs: number;
}

export interface BatchPorts<M> {
  /** Waits until an attempt may start; false if no further attempt may start. */
  mayAttempt(): Promise<boolean>;
  attempt(messages: readonly M[]): Promise<Verdict>;
  /** False once the results of this worker are ignored. */
  counts(): boolean;
  /** Sends failed records to the destination or drops them; false if it was stopped before. */
  discard(messages: readonly M[], condition: Condition, attempts: number): Promise<boolean>;
  /** The partition is done up to this offset (exclusive). */
  done(offset: number): void;
  sleep(ms: number): Promise<void>;
  now(): number;
}

type Dated = { readonly offset: string; readonly timestamp: string };

/**
 * Sends a batch, in order, until each of its records has succeeded or was given up. Returns early, without marking
 * anything more as done, when no attempt may start or its results are ignored.
 */
export async function workThroughBatch<M extends Dated>(
  batch: Batch<M>,
  policy: BatchPolicy,
  ports: BatchPorts<M>,
): Promise<void> {
  const pending: Chunk<M>[] = [{ messages: batch.messages, end: batch.end, failures: 0 }];
  for (let chunk = pending.shift(); chunk !== undefined; chunk = pending.shift()) {
    if (!(await ports.mayAttempt())) return;
    const young = await withoutOld(chunk, policy, ports);
    if (young === null) return;
    if (young.messages.length === 0) {
      ports.done(young.end);
      continue;
    }
    const verdict = await ports.attempt(young.messages);
    if (!ports.counts()) return;
    const step = decide(young, verdict, policy);
    const kept =
      step.discarded.length === 0 ||
      (await ports.discard(step.discarded, 'RetriesExhausted', young.failures + 1));
    if (!kept) return;
    if (step.done !== null) ports.done(step.done);
    pending.unshift(...step.retry);
    if (step.backOffFor > 0) await ports.sleep(backOffMs(step.backOffFor));
  }
}

/** Gives up the records that exceed the maximum age; null if it was stopped meanwhile. */
async function withoutOld<M extends Dated>(
  chunk: Chunk<M>,
  policy: BatchPolicy,
  ports: BatchPorts<M>,
): Promise<Chunk<M> | null> {
  if (policy.maximumRecordAgeMs === Number.POSITIVE_INFINITY) return chunk;
  const oldest = ports.now() - policy.maximumRecordAgeMs;
  const old = chunk.messages.filter((message) => Number(message.timestamp) < oldest);
  if (old.length === 0) return chunk;
  if (!(await ports.discard(old, 'RecordAgeExceeded', chunk.failures))) return null;
  return { ...chunk, messages: chunk.messages.filter((message) => Number(message.timestamp) >= oldest) };
}
