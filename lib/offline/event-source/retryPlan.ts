import type { Verdict } from './verdict.ts';

/** Consecutive records that are sent together; `end` is the offset to commit once they are done. */
export interface Chunk<M> {
  readonly messages: readonly M[];
  readonly end: number;
  /** Failed attempts that count against MaximumRetryAttempts. */
  readonly failures: number;
}

export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly bisectBatchOnFunctionError: boolean;
}

/** The consequence of an attempt: the offset to commit, the chunks to retry, the records to give up. */
export interface Step<M> {
  readonly done: number | null;
  readonly retry: readonly Chunk<M>[];
  readonly discarded: readonly M[];
  /** Number of failures that the back-off is computed from; 0: no wait. */
  readonly backOffFor: number;
}

/**
 * Decides what follows an attempt, by Lambda's rules for streams. A partial success commits the records before the
 * lowest failure; the rest becomes a batch that has failed once. With bisecting, a failed batch is halved without using
 * up a retry. Otherwise the whole batch is retried until its attempts are used up, and then given up.
 */
export function decide<M extends { readonly offset: string }>(
  chunk: Chunk<M>,
  verdict: Verdict,
  policy: RetryPolicy,
): Step<M> {
  if (verdict.kind === 'succeeded') return { done: chunk.end, retry: [], discarded: [], backOffFor: 0 };
  if (verdict.kind === 'failedFrom' && verdict.index > 0)
    return afterPartialSuccess(chunk, verdict.index, policy);
  if (policy.bisectBatchOnFunctionError && chunk.messages.length > 1) return bisect(chunk);
  return retryOrGiveUp({ ...chunk, failures: chunk.failures + 1 }, policy);
}

function afterPartialSuccess<M extends { readonly offset: string }>(
  chunk: Chunk<M>,
  index: number,
  policy: RetryPolicy,
): Step<M> {
  const rest = { ...chunk, messages: chunk.messages.slice(index), failures: 1 };
  const step = retryOrGiveUp(rest, policy);
  return { ...step, done: step.done ?? startOf(rest.messages, chunk.end) };
}

function bisect<M extends { readonly offset: string }>(chunk: Chunk<M>): Step<M> {
  const half = Math.ceil(chunk.messages.length / 2);
  const first = chunk.messages.slice(0, half);
  const second = chunk.messages.slice(half);
  const retry = [
    { messages: first, end: startOf(second, chunk.end), failures: chunk.failures },
    { messages: second, end: chunk.end, failures: chunk.failures },
  ];
  return { done: null, retry, discarded: [], backOffFor: 0 };
}

function retryOrGiveUp<M>(chunk: Chunk<M>, policy: RetryPolicy): Step<M> {
  if (chunk.failures > policy.maximumRetryAttempts) {
    return { done: chunk.end, retry: [], discarded: chunk.messages, backOffFor: 0 };
  }
  return { done: null, retry: [chunk], discarded: [], backOffFor: chunk.failures };
}

function startOf(messages: readonly { readonly offset: string }[], otherwise: number): number {
  const first = messages[0];
  return first === undefined ? otherwise : Number(first.offset);
}

// Starts short, because servers on a developer's machine recover soon. The cap keeps a hopeless batch from taking a
// processor. It also bounds how long processing takes to resume: after an outage every partition waits on its own, and the
// last of twelve takes nearly the whole cap.
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/** Milliseconds to wait after this many failures in a row: doubles up to the cap. */
export function backOffMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS);
}
