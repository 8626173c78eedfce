import { type HttpClient, httpClient } from './http.ts';
import { type LiveClient, liveClient } from './live.ts';
import { serverClock } from './serverClock.ts';

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

export interface Client extends HttpClient {
  live(): LiveClient;
  /** The server's clock, in milliseconds since 1970: for showing the time that is left on a device whose clock is
   * wrong. The device's clock, until the first answer or message. */
  now(): number;
}

/** Creates a client of the HTTP and WebSocket API, for browsers and Node 22 or later. */
export function createClient(options: ClientOptions): Client {
  const clock = serverClock();
  const http = httpClient(options.http, (options.fetch ?? fetch).bind(globalThis), clock);
  const { ws: url, token, WebSocket: WebSocketClass = globalThis.WebSocket } = options;
  return {
    ...http,
    now: clock.now,
    live: () => liveClient({ url, WebSocketClass, http, token, clock }),
  };
}
