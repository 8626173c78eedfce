import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { ApiError } from './http.ts';

export interface LiveVote {
  receipt: string;
  /** Resolves when the vote is counted or rejected. Rejects if the connection closes first; then look the
   * receipt up with `getVote`. */
  settled: Promise<VoteStatusMessage>;
}

interface Pending {
  accepted: PromiseWithResolvers<LiveVote>;
  settled: PromiseWithResolvers<VoteStatusMessage>;
}

/** The pending votes of one socket, by request id. */
export class LiveVotes {
  readonly #pending = new Map<string, Pending>();

  add(requestId: string): Promise<LiveVote> {
    const pending: Pending = { accepted: Promise.withResolvers(), settled: Promise.withResolvers() };
    // Prevents an unhandled rejection in callers that need only the receipt.
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
    const lost = new ApiError(0, 'connection_lost', 'The connection closed before the answer arrived.');
    for (const requestId of [...this.#pending.keys()]) this.fail(requestId, lost);
  }
}
