import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { type ApiError, connectionLost } from './apiError.ts';

export interface LiveVote {
  receipt: string;
  /** Resolves when the vote is counted or rejected. Rejects if the connection closes first; then look the
   * receipt up with `getVote`. */
  settled: Promise<VoteStatusMessage>;
}

interface Pending {
  accepted: { resolve: (vote: LiveVote) => void; reject: (error: ApiError) => void };
  settled: { resolve: (status: VoteStatusMessage) => void; reject: (error: ApiError) => void };
  outcome: Promise<VoteStatusMessage>;
}

/** The pending votes of one socket, by request id. */
export class LiveVotes {
  readonly #pending = new Map<string, Pending>();

  // Not Promise.withResolvers, which browsers have since 2024 only.
  add(requestId: string): Promise<LiveVote> {
    let settled = {} as Pending['settled'];
    const outcome = new Promise<VoteStatusMessage>((resolve, reject) => {
      settled = { resolve, reject };
    });
    // Prevents an unhandled rejection in callers that need only the receipt.
    outcome.catch(() => {});
    return new Promise((resolve, reject) => {
      this.#pending.set(requestId, { accepted: { resolve, reject }, settled, outcome });
    });
  }

  hear(status: VoteStatusMessage): void {
    const requestId = status.request_id ?? '';
    const pending = this.#pending.get(requestId);
    if (!pending) return;
    pending.accepted.resolve({ receipt: status.receipt, settled: pending.outcome });
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
    const lost = connectionLost();
    for (const requestId of [...this.#pending.keys()]) this.fail(requestId, lost);
  }
}
