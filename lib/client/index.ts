import { type HttpClient, httpClient } from './http.ts';
import { LiveClient } from './live.ts';

export type {
  CastVoteResponse,
  Choice,
  CreatedPoll,
  CreatePollRequest,
  UpdatePollRequest,
  Voter,
  VoteStatusResponse,
} from '../contract/messageTypes.ts';
export type { BoardEntry } from '../domain/leaderboard.ts';
export type { Poll, PollOption } from '../domain/poll.ts';
export { ApiError, type ApiErrorCode } from './apiError.ts';
export type { CallOptions, CreateOptions, HttpClient, PollPage, PollQuery, ReadOptions } from './http.ts';
export type { LiveClient, LiveState } from './live.ts';
export type { LiveVote } from './liveVotes.ts';
export type { PollState } from './pollState.ts';
export type { WatchOptions } from './pollWatch.ts';

export interface ClientOptions {
  /** For example `https://polls.example.com`. */
  http: string;
  /** For example `wss://live.example.com`. Without it, polls are watched by HTTP. */
  ws?: string;
  /** A voter's token for the WebSocket, where votes take tokens; called for each connection. */
  token?: () => string | Promise<string>;
  fetch?: typeof fetch;
  WebSocket?: typeof WebSocket;
}

/** Creates a client of the HTTP and WebSocket API, for browsers and Node 22 or later. */
export function createClient(options: ClientOptions): HttpClient & { live: () => LiveClient } {
  const http = httpClient(options.http, (options.fetch ?? fetch).bind(globalThis));
  const { ws: url, token, WebSocket: WebSocketClass = globalThis.WebSocket } = options;
  return {
    ...http,
    live: () =>
      new LiveClient({ url: url ?? '', WebSocketClass: url ? WebSocketClass : undefined, http, token }),
  };
}
