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
export * from './http.ts';
export type { WatchOptions } from './live.ts';
export type { LiveVote } from './liveVotes.ts';
export type { PollState } from './pollState.ts';

export interface ClientOptions {
  /** For example `https://polls.example.com`. */
  http: string;
  /** For example `wss://live.example.com`. */
  ws: string;
  fetch?: typeof fetch;
  WebSocket?: typeof WebSocket;
}

/** Creates a client of the HTTP and WebSocket API, for browsers and Node 22 or later. */
export function createClient(options: ClientOptions): HttpClient & { live: () => LiveClient } {
  const { http, ws, fetch: fetchFunction = fetch, WebSocket: WebSocketClass = WebSocket } = options;
  return {
    ...httpClient(http, fetchFunction.bind(globalThis)),
    live: () => new LiveClient(ws, WebSocketClass),
  };
}
