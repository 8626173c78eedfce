import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { type ApiError, connectionLost } from './apiError.ts';
import type { HttpClient } from './http.ts';
import { CALL_WITHIN_MS, LOOK_UP_AFTER_MS } from './times.ts';

export interface LiveVote {
  receipt: string;
  /** Resolves when the vote is counted or rejected. Without a message, the receipt is looked up over HTTP, after ten
   * seconds at first. Rejects if the connection closes before; then look the receipt up with `getVote`. */
  settled: Promise<VoteStatusMessage>;
}

/** The pending votes of one socket, by request id. */
export interface LiveVotes {
  add(requestId: string): Promise<LiveVote>;
  /** An error ends the vote, as does any status but `accepted`. */
  tell(requestId: string, news: VoteStatusMessage | ApiError): void;
  /** Fails all votes, because no answer can arrive. */
  stop(): void;
  /** How many are pending. */
  count(): number;
}

/** @param getVote looks up a receipt over HTTP */
export function liveVotes(getVote: HttpClient['getVote']): LiveVotes {
  const all = new Map<string, (news: VoteStatusMessage | ApiError) => void>();

  function tell(requestId: string, news: VoteStatusMessage | ApiError): void {
    all.get(requestId)?.(news);
    if (news.status !== 'accepted') all.delete(requestId);
  }

  const lookUp = (requestId: string, news: VoteStatusMessage) =>
    getVote(news.receipt)
      .then(
        (vote): VoteStatusMessage => ({
          ...news,
          ...vote,
          status: vote.status === 'replaced' ? 'counted' : vote.status,
        }),
        (error: ApiError) => (error.retryable ? news : error),
      )
      .then((next) => tell(requestId, next));

  return {
    add: (requestId) =>
      new Promise((accept, refuse) => {
        const settled = new Promise<VoteStatusMessage>((settle, lose) => {
          // If the function fails, its error has no request id and the connection stays open, so only this timeout
          // ends the vote.
          let timer = setTimeout(tell, CALL_WITHIN_MS, requestId, connectionLost());
          let waitMs = LOOK_UP_AFTER_MS;
          all.set(requestId, (news) => {
            clearTimeout(timer);
            if (news instanceof Error) {
              refuse(news);
              lose(news);
              return;
            }
            accept({ receipt: news.receipt, settled });
            if (news.status !== 'accepted') settle(news);
            else timer = setTimeout(lookUp, waitMs, requestId, news);
            waitMs *= 2;
          });
        });
        // Prevents an unhandled rejection in callers that need only the receipt.
        settled.catch(() => {});
      }),
    tell,
    count: () => all.size,
    stop: () => {
      for (const requestId of all.keys()) tell(requestId, connectionLost());
    },
  };
}
