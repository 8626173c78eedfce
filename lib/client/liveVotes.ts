import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { ApiError } from './http.ts';

export interface LiveVote {
  receipt: string;
  /** Resolves once the vote is counted or rejected; rejects when the connection goes first: then the
   * receipt still tells, by `getVote`. */
  settled: Promise<VoteStatusMessage>;
}

interface Pending {
  accepted: PromiseWithResolvers<LiveVote>;
  settled: PromiseWithResolvers<VoteStatusMessage>;
}

/** The votes of one socket that wait for word, by request id. */
export class LiveVotes {
  readonly #pending = new Map<string, Pending>();

  add(requestId: string): Promise<LiveVote> {
    const pending: Pending = { accepted: Promise.withResolvers(), settled: Promise.withResolvers() };
    // A caller that only wants the receipt need not handle what comes after it.
    pending.settled.promise.catch(() => {});
    this.#pending.set(requestId, pending);
    return pending.accepted.promise;
  }

  hear(status: VoteStatusMessage): void {
    const requestId = status.request_id ?? '';
    const pending = this.#pending.get(requestId);
    if (!pending) return;
    pending.accepted.resolve({ receipt: status.receipt, settled: pending.settled.promise });
    if (status.status === 'accepted') return;
    pending.settled.resolve(status);
    this.#pending.delete(requestId);
  }

  fail(requestId: string, error: ApiError): void {
    const pending = this.#pending.get(requestId);
    pending?.accepted.reject(error);
    pending?.settled.reject(error);
    this.#pending.delete(requestId);
  }

  failAll(): void {
    const lost = new ApiError(0, 'connection_lost', 'The connection closed before the answer came.');
    for (const requestId of [...this.#pending.keys()]) this.fail(requestId, lost);
  }
}
