import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { type ApiError, connectionLost } from './apiError.ts';
import { CALL_WITHIN_MS } from './times.ts';

export interface LiveVote {
  receipt: string;
  /** Resolves when the vote is counted or rejected. Rejects if the connection closes first; then look the
   * receipt up with `getVote`. */
  settled: Promise<VoteStatusMessage>;
}

/** The pending votes of one socket, by request id. */
export interface LiveVotes {
  add(requestId: string): Promise<LiveVote>;
  /** An error ends the vote, as does any status but `accepted`. */
  tell(requestId: string, news: VoteStatusMessage | ApiError): void;
  failAll(): void;
  /** How many are pending. */
  count(): number;
}

export function liveVotes(): LiveVotes {
  const all = new Map<string, (news: VoteStatusMessage | ApiError) => void>();

  function tell(requestId: string, news: VoteStatusMessage | ApiError): void {
    all.get(requestId)?.(news);
    if (news.status !== 'accepted') all.delete(requestId);
  }

  return {
    add: (requestId) =>
      new Promise((accept, refuse) => {
        const settled = new Promise<VoteStatusMessage>((settle, lose) => {
          // A function that fails answers without the request's id, and the connection stays.
          const timer = setTimeout(() => tell(requestId, connectionLost()), CALL_WITHIN_MS);
          all.set(requestId, (news) => {
            clearTimeout(timer);
            if (news instanceof Error) {
              refuse(news);
              lose(news);
            } else {
              accept({ receipt: news.receipt, settled });
              if (news.status !== 'accepted') settle(news);
            }
          });
        });
        // Prevents an unhandled rejection in callers that need only the receipt.
        settled.catch(() => {});
      }),
    tell,
    count: () => all.size,
    failAll: () => {
      for (const requestId of all.keys()) tell(requestId, connectionLost());
    },
  };
}
