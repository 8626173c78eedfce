import type {
  CastVoteResponse,
  Choice,
  CreatedPoll,
  CreatePollRequest,
  UpdatePollRequest,
  Voter,
  VoteStatusResponse,
} from '../contract/messageTypes.ts';
import type { BoardEntry } from '../domain/leaderboard.ts';
import type { Poll } from '../domain/poll.ts';

/** A failed request. `code` is a code of the API, `status` the HTTP status. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryable: boolean;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryable = status === 503 || status === 429;
  }
}

/** Which polls to list; open ones by default, 20 per page. */
export interface PollQuery {
  status?: Poll['status'] | 'all';
  /** Any part of the question, case-insensitive. */
  q?: string;
  limit?: number;
  /** The `next_cursor` of a page with the same `status` and `q`. */
  cursor?: string;
}

/** Newest first; `next_cursor` is null on the last page. */
export interface PollPage {
  data: Poll[];
  next_cursor: string | null;
}

export interface HttpClient {
  /** @param key Idempotency-Key: repeating the call with it within a day creates no second poll. */
  createPoll: (poll: CreatePollRequest, key?: string) => Promise<CreatedPoll>;
  listPolls: (query?: PollQuery) => Promise<PollPage>;
  getPoll: (pollId: string, receipt?: string) => Promise<Poll>;
  updatePoll: (pollId: string, ownerToken: string, changes: UpdatePollRequest) => Promise<Poll>;
  deletePoll: (pollId: string, ownerToken: string) => Promise<void>;
  /** @param waitSeconds up to 10; returns `counted` if the vote is counted in time. */
  vote: (pollId: string, voter: Voter, choice: Choice, waitSeconds?: number) => Promise<CastVoteResponse>;
  getVote: (receipt: string) => Promise<VoteStatusResponse>;
  getLeaderboard: (limit?: number) => Promise<BoardEntry[]>;
}

interface Call {
  /** Defaults to POST with a body and GET without. */
  method?: 'PATCH' | 'DELETE';
  body?: object;
  headers?: Record<string, string>;
}

/** Every call throws `ApiError` on failure.
 * @param base for example `https://polls.example.com` */
export function httpClient(base: string, fetchFunction: typeof fetch): HttpClient {
  async function call<T>(path: string, { method, body, headers = {} }: Call = {}): Promise<T> {
    const init = body
      ? {
          method: method ?? 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }
      : { method: method ?? 'GET', headers };
    const response = await fetchFunction(base + path, init);
    const answer = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    if (response.ok) return answer as T;
    throw new ApiError(response.status, answer.code ?? 'unknown', answer.detail ?? response.statusText);
  }
  const id = encodeURIComponent;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  return {
    createPoll: (poll, key) =>
      call('/polls', { body: poll, ...(key ? { headers: { 'idempotency-key': key } } : {}) }),
    listPolls: (query) => call(`/polls?${new URLSearchParams({ ...query } as Record<string, string>)}`),
    getPoll: (pollId, receipt) => call(`/polls/${id(pollId)}${receipt ? `?receipt=${id(receipt)}` : ''}`),
    updatePoll: (pollId, ownerToken, changes) =>
      call(`/polls/${id(pollId)}`, { method: 'PATCH', body: changes, headers: bearer(ownerToken) }),
    deletePoll: (pollId, ownerToken) =>
      call(`/polls/${id(pollId)}`, { method: 'DELETE', headers: bearer(ownerToken) }),
    vote: (pollId, voter, choice, waitSeconds) =>
      call(`/polls/${id(pollId)}/vote`, {
        body: typeof voter === 'string' ? { user_id: voter, ...choice } : choice,
        headers: {
          ...(typeof voter === 'string' ? {} : bearer(voter.token)),
          ...(waitSeconds ? { prefer: `wait=${waitSeconds}` } : {}),
        },
      }),
    getVote: (receipt) => call(`/votes/${id(receipt)}`),
    getLeaderboard: async (limit = 10) =>
      (await call<{ data: BoardEntry[] }>(`/leaderboard?limit=${limit}`)).data,
  };
}
