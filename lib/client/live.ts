import type {
  Choice,
  LeaderboardInit,
  LeaderboardUpdate,
  PollClosed,
  PollDeleted,
  PollInit,
  PollUpdate,
  Voter,
  VoteStatusMessage,
} from '../contract/messageTypes.ts';
import { ApiError, connectionLost } from './apiError.ts';
import { type BoardState, nextBoard, noBoard } from './boardState.ts';
import { callAll, type Listener } from './emitter.ts';
import { type HttpClient, queryText } from './http.ts';
import { type LiveVote, liveVotes } from './liveVotes.ts';
import type { PollState } from './pollState.ts';
import { type PollWatch, pollWatch, type WatchOptions } from './pollWatch.ts';
import type { ServerClock } from './serverClock.ts';
import { openSocket, type Socket, type SocketEvents } from './socket.ts';
import { BOARD_EVERY_MS, READ_AFTER_FAILURES } from './times.ts';

/** `live`: updates arrive. `stale`: the connection was lost and is being restored. `polling`: no WebSocket is
 * available, so polls are read over HTTP every few seconds. */
export type LiveState = 'connecting' | 'live' | 'stale' | 'polling' | 'closed';

export interface LiveOptions {
  /** For example `wss://live.example.com`. Without it, polls are read by HTTP. */
  url: string | undefined;
  /** Undefined if the platform has no WebSocket; polls are then read over HTTP. */
  WebSocketClass: typeof WebSocket | undefined;
  http: Pick<HttpClient, 'getPoll' | 'readPoll' | 'getVote'>;
  /** A voter's token for the connection; called for each connection. */
  token?: (() => string | Promise<string>) | undefined;
  /** Hears the server's time. */
  clock: ServerClock;
}

/** Follows polls and the leaderboard over one reconnecting WebSocket. Listeners get the current state. */
export interface LiveClient {
  /** Calls the listener with the current leaderboard and after every change.
   * @returns a function that stops it */
  watchLeaderboard(listener: Listener<BoardState['entries']>): () => void;
  /** Like `watchLeaderboard`, for one poll. */
  watchPoll(pollId: string, listener: Listener<PollState>, options?: WatchOptions): () => void;
  /** Calls the listener with the state of the connection, now and at every change.
   * @returns a function that stops it */
  onState(listener: Listener<LiveState>): () => void;
  /** Resolves as soon as the current state is available, live or by polling. */
  ready(): Promise<void>;
  /** Checks the connection after sleep, and reconnects at once if it is dead. In a browser, this happens by itself when
   * the page is shown or the network returns. */
  wake(): void;
  /** Votes over the socket. Resolves when the vote is accepted.
   * @throws {ApiError} `connection_lost` if no answer can arrive; voting again counts at most once */
  voteLive(pollId: string, voter: Voter, choice: Choice): Promise<LiveVote>;
  close(): void;
}

type PollNews = PollInit | PollUpdate | PollClosed | PollDeleted;

export function liveClient({ url, WebSocketClass, http, token, clock }: LiveOptions): LiveClient {
  const watches = new Map<string, PollWatch>();
  const boardListeners = new Set<Listener<BoardState['entries']>>();
  const stateListeners = new Set<Listener<LiveState>>();
  const votes = liveVotes(http.getVote);
  let socket: Socket | undefined;
  let state: LiveState = 'connecting';
  let board = noBoard;
  let boardTimer: ReturnType<typeof setInterval> | undefined;
  let requests = 0;

  const send = (message: object) => !!socket?.send(message);
  const askForBoard = () => boardListeners.size && send({ action: 'leaderboard' });
  const wake = () => socket?.wake();
  const each = (act: (watch: PollWatch) => void) => watches.forEach(act);

  async function connectionUrl(url: string): Promise<string> {
    // Awaits the token first, because callers add listeners after they create the client.
    const text = queryText({ token: await token?.(), board: boardListeners.size ? undefined : 'off' });
    return url + (url.includes('?') ? text.replace('?', '&') : text);
  }

  function enter(next: LiveState): void {
    if (next === state) return;
    state = next;
    callAll(stateListeners, state);
  }

  function watchOf(pollId: string): PollWatch {
    const known = watches.get(pollId);
    if (known) return known;
    const watch = pollWatch(pollId, {
      send,
      read: (from) => (from ? http.readPoll(from) : http.getPoll(pollId, watch.receipt())),
      unused: () => watches.delete(pollId),
    });
    watch.reset(state === 'live');
    watches.set(pollId, watch);
    if (state === 'polling') watch.read();
    return watch;
  }

  function onState(listener: Listener<LiveState>): () => void {
    stateListeners.add(listener);
    callAll([listener], state);
    return () => stateListeners.delete(listener);
  }

  function stopped(): void {
    clearTimeout(boardTimer);
    each((watch) => watch.reset(false));
    votes.failAll();
  }

  function startPolling(): void {
    enter('polling');
    each((watch) => watch.read());
  }

  function updateBoard(message: LeaderboardInit | LeaderboardUpdate): void {
    const before = board;
    board = nextBoard(before, message);
    if (board === before) return;
    if (!board.gap) callAll(boardListeners, board.entries);
    else if (!before.gap) askForBoard();
  }

  function updatePoll(message: PollNews, requestId: string): void {
    const pollId = 'poll' in message ? message.poll.id : message.poll_id;
    // The client may watch the poll by its code, or by an id in upper case.
    const known =
      watches.get(requestId || pollId) ?? [...watches.values()].find((one) => one.id() === pollId);
    known?.receive(message);
  }

  const events: SocketEvents = {
    opened: () => {
      board = noBoard;
      boardTimer = setInterval(() => board.gap && askForBoard(), BOARD_EVERY_MS);
      enter('live');
      each((watch) => watch.reset(true));
    },
    message: (message) => {
      clock.hear((message as { timestamp?: string }).timestamp);
      const { request_id: id = '' } = message as { request_id?: string };
      const error = message.type === 'ERROR' ? new ApiError(0, message.code, message.detail) : undefined;
      // Only the vote or watch that sent the request knows its id; the others ignore the message.
      votes.tell(id, error ?? (message as VoteStatusMessage));
      watches.get(id)?.answered(error);
      if ('data' in message || 'changed' in message) updateBoard(message);
      if (/^POLL/.test(message.type)) updatePoll(message as PollNews, id);
    },
    closed: (failures) => {
      stopped();
      if (state === 'live') enter('stale');
      if (failures === READ_AFTER_FAILURES) startPolling();
    },
    isQuiet: () =>
      watches.size &&
      !boardListeners.size &&
      !votes.count() &&
      [...watches.values()].every((one) => one.isQuiet()),
  };

  if (url && WebSocketClass) socket = openSocket(() => connectionUrl(url), WebSocketClass, events);
  else startPolling();
  // A page is shown, or the network returns; outside of a page, neither is heard of.
  const page = globalThis as Partial<EventTarget>;
  const ending = new AbortController();
  for (const type of ['visibilitychange', 'online']) page.addEventListener?.(type, wake, ending);

  return {
    watchLeaderboard: (listener) => {
      boardListeners.add(listener);
      if (board.gap) askForBoard();
      else callAll([listener], board.entries);
      return () => boardListeners.delete(listener);
    },
    watchPoll: (pollId, listener, options = {}) => watchOf(pollId).add(listener, options),
    onState,
    ready: () =>
      new Promise((resolve) => {
        const listener = (now: LiveState) => {
          if (!/live|polling/.test(now)) return;
          stateListeners.delete(listener);
          resolve();
        };
        onState(listener);
      }),
    wake,
    voteLive: (pollId, voter, choice) => {
      const request_id = `vote:${++requests}`;
      const vote = votes.add(request_id);
      const named = typeof voter === 'string' ? { user_id: voter } : voter;
      if (!send({ action: 'vote', poll_id: pollId, request_id, ...named, ...choice }))
        votes.tell(request_id, connectionLost());
      return vote;
    },
    close: () => {
      ending.abort();
      socket?.close();
      stopped();
      each((watch) => watch.stop());
      enter('closed');
    },
  };
}
