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
import type { Results } from '../domain/results.ts';
import type { FieldError } from '../errors.ts';
import { ApiError, type ApiErrorCode } from './apiError.ts';
import { callsOfAllPolls } from './callsOfAllPolls.ts';
import type { ServerClock } from './serverClock.ts';
import { CALL_WITHIN_MS } from './times.ts';

/** Which polls to list; open ones by default, 20 per page. */
export interface PollQuery {
  status?: Poll['status'] | 'all';
  /** Any part of the question, however it is typed: without case and accents. */
  q?: string;
  limit?: number;
  /** The `next_cursor` of a page with the same `status` and `q`. */
  cursor?: string | undefined;
}

/** Newest first; `next_cursor` is null on the last page. */
export interface PollPage {
  data: Poll[];
  next_cursor: string | null;
}

/** Options of every call. */
export interface CallOptions {
  signal?: AbortSignal;
  /** 10,000 by default. The time for which a call asks the server to wait is added. */
  timeoutMs?: number;
}

export interface ReadOptions extends CallOptions {
  ownerToken?: string;
}

export interface CreateOptions extends CallOptions {
  /** A creation key, where creating polls needs one. For servers: with it, anybody can create polls. */
  token?: string | undefined;
}

export interface HttpClient {
  /** @param key Idempotency-Key: repeating the call with it within a day creates no second poll. */
  createPoll(poll: CreatePollRequest, key?: string, options?: CreateOptions): Promise<CreatedPoll>;
  listPolls(query?: PollQuery, options?: CallOptions): Promise<PollPage>;
  /** All polls of a query, page by page as they are needed. */
  allPolls(query?: PollQuery, options?: CallOptions): AsyncGenerator<Poll>;
  /** A receipt or the owner's token opens hidden results. */
  getPoll(pollId: string, receipt?: string, options?: ReadOptions): Promise<Poll>;
  /** Reads a poll from the URL in the `follow` of its `POLL_INIT`. */
  readPoll(url: string, options?: CallOptions): Promise<Poll>;
  updatePoll(
    pollId: string,
    ownerToken: string,
    changes: UpdatePollRequest,
    options?: CallOptions,
  ): Promise<Poll>;
  deletePoll(pollId: string, ownerToken: string, options?: CallOptions): Promise<void>;
  /** @param waitSeconds up to 10; returns `counted` if the vote is counted in time. */
  vote(
    pollId: string,
    voter: Voter,
    choice: Choice,
    waitSeconds?: number,
    options?: CallOptions,
  ): Promise<CastVoteResponse>;
  getVote(receipt: string, options?: CallOptions): Promise<VoteStatusResponse>;
  getResults(pollId: string, receipt?: string, options?: ReadOptions): Promise<Results>;
  getLeaderboard(limit?: number, options?: CallOptions): Promise<BoardEntry[]>;
}

export interface Call extends CallOptions {
  /** Defaults to POST with a body and GET without. */
  method?: 'PATCH' | 'DELETE';
  body?: object;
  headers?: Record<string, string> | false;
  /** Bearer token. */
  token?: string | undefined;
  query?: object | undefined;
}

/** Every call throws `ApiError` on failure, and the reason of an aborted signal.
 * @param base for example `https://polls.example.com` */
export function httpClient(base: string, fetchFunction: typeof fetch, clock?: ServerClock): HttpClient {
  const root = base.replace(/\/+$/, '');

  async function call<T>(path: string, one: Call = {}): Promise<T> {
    const { body, signal, timeoutMs = CALL_WITHIN_MS } = one;
    const ending = new AbortController();
    const abort = () => ending.abort();
    const timer = setTimeout(abort, timeoutMs);
    // The listener is removed when the call ends.
    signal?.addEventListener('abort', abort, ending);
    try {
      signal?.throwIfAborted();
      const response = await fetchFunction((path.startsWith('/') ? root : '') + path + queryText(one.query), {
        method: one.method ?? (body ? 'POST' : 'GET'),
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(one.token && { authorization: `Bearer ${one.token}` }),
          ...one.headers,
        },
        signal: ending.signal,
        // Undefined without a body.
        body: JSON.stringify(body),
      });
      clock?.hear(response.headers.get('date'));
      return (await read(response)) as T;
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause instanceof ApiError
        ? cause
        : new ApiError(0, ending.signal.aborted ? 'timeout' : 'network_error', undefined, { cause });
    } finally {
      clearTimeout(timer);
      abort();
    }
  }

  return {
    ...callsOfAllPolls(call),
    getPoll: (pollId, receipt, options) => call(pathOf(pollId), reading(receipt, options)),
    readPoll: call,
    updatePoll: (pollId, ownerToken, changes, options) =>
      call(pathOf(pollId), { ...options, method: 'PATCH', body: changes, token: ownerToken }),
    deletePoll: (pollId, ownerToken, options) =>
      call(pathOf(pollId), { ...options, method: 'DELETE', token: ownerToken }),
    vote: (pollId, voter, choice, waitSeconds = 0, { timeoutMs = CALL_WITHIN_MS, ...options } = {}) =>
      call(`${pathOf(pollId)}/vote`, {
        ...options,
        timeoutMs: timeoutMs + waitSeconds * 1_000,
        body: { ...(typeof voter === 'string' && { user_id: voter }), ...choice },
        token: (voter as Exclude<Voter, string>).token,
        headers: waitSeconds > 0 && { prefer: `wait=${waitSeconds}` },
      }),
    getVote: (receipt, options) => call(`/votes/${encodeURIComponent(receipt)}`, options),
    getResults: (pollId, receipt, options) => call(`${pathOf(pollId)}/results`, reading(receipt, options)),
  };
}

const reading = (receipt?: string, { ownerToken: token, ...options }: ReadOptions = {}): Call => ({
  ...options,
  token,
  query: { receipt },
});
const pathOf = (pollId: string) => `/polls/${encodeURIComponent(pollId)}`;

/** With a question mark, if anything is defined. */
export function queryText(query: object = {}): string {
  // JSON leaves out what is undefined.
  const text = `${new URLSearchParams(JSON.parse(JSON.stringify(query)))}`;
  return text && `?${text}`;
}

/** Captive portals and proxies answer 200 with a page of their own. */
async function read(response: Response): Promise<unknown> {
  const { status, ok, headers } = response;
  const text = await response.text();
  if (ok && !text) return undefined;
  let answer: Partial<{ code: ApiErrorCode; detail: string; errors: FieldError[] }>;
  try {
    answer = Object(JSON.parse(text));
  } catch (cause) {
    throw new ApiError(status, 'invalid_response', undefined, { cause });
  }
  if (ok) return answer;
  throw new ApiError(status, answer.code ?? 'invalid_response', answer.detail, {
    errors: answer.errors,
    retryAfter: Number(headers.get('retry-after')) || undefined,
  });
}
