import type {
  Choice,
  LeaderboardInit,
  LeaderboardUpdate,
  ServerMessage,
  Voter,
} from '../contract/messageTypes.ts';
import { ApiError, connectionLost } from './apiError.ts';
import { type BoardState, nextBoard, noBoard } from './boardState.ts';
import { callAll, type Listener } from './emitter.ts';
import type { HttpClient } from './http.ts';
import { HttpPolling } from './httpPolling.ts';
import { type LiveVote, LiveVotes } from './liveVotes.ts';
import { onPageShown } from './page.ts';
import type { PollMessage, PollState } from './pollState.ts';
import { PollWatch, type WatchOptions } from './pollWatch.ts';
import { openSocket, type Socket } from './socket.ts';

/** `live`: updates arrive. `stale`: they did, and do not now. `polling`: no WebSocket can be had, so polls are read by
 * HTTP every few seconds. */
export type LiveState = 'connecting' | 'live' | 'stale' | 'polling' | 'closed';

export interface LiveOptions {
  /** For example `wss://live.example.com`. */
  url: string;
  /** Undefined where there is none: then polls are read by HTTP. */
  WebSocketClass: typeof WebSocket | undefined;
  http: Pick<HttpClient, 'getPoll'>;
  /** A voter's token for the connection; called for each connection. */
  token?: (() => string | Promise<string>) | undefined;
}

// A board that was not sent unasked, or whose answer was lost in an outage, is requested this often.
const BOARD_EVERY_MS = 5_000;
/** Proxies and sandboxed frames refuse every WebSocket; a server that restarts refuses one or two. */
const POLL_AFTER_FAILURES = 3;

/** Follows polls and the leaderboard over one reconnecting WebSocket. Listeners get the current state. */
export class LiveClient {
  readonly #options: LiveOptions;
  readonly #watches = new Map<string, PollWatch>();
  readonly #boardListeners = new Set<Listener<BoardState['entries']>>();
  readonly #stateListeners = new Set<Listener<LiveState>>();
  readonly #votes = new LiveVotes();
  readonly #polling: HttpPolling;
  readonly #socket: Socket | undefined;
  readonly #ignorePage: () => void;
  #state: LiveState = 'connecting';
  #board = noBoard;
  #boardTimer: ReturnType<typeof setInterval> | undefined;
  #requests = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#polling = new HttpPolling(options.http, this.#watches);
    const { WebSocketClass } = options;
    if (WebSocketClass) {
      this.#socket = openSocket(() => this.#url(), WebSocketClass, {
        opened: () => this.#opened(),
        message: (message) => this.#receive(message),
        closed: (failures) => this.#closed(failures),
      });
    } else {
      this.#startPolling();
    }
    this.#ignorePage = onPageShown(() => this.wake());
  }

  /** Calls the listener with the current leaderboard and after every change.
   * @returns a function that stops it */
  watchLeaderboard(listener: Listener<BoardState['entries']>): () => void {
    this.#boardListeners.add(listener);
    if (this.#board.gap) this.#askForBoard();
    else callAll([listener], this.#board.entries);
    return () => this.#boardListeners.delete(listener);
  }

  /** Like `watchLeaderboard`, for one poll. */
  watchPoll(pollId: string, listener: Listener<PollState>, options: WatchOptions = {}): () => void {
    return this.#watch(pollId).add(listener, options);
  }

  /** Calls the listener with the state of the connection, now and at every change.
   * @returns a function that stops it */
  onState(listener: Listener<LiveState>): () => void {
    this.#stateListeners.add(listener);
    callAll([listener], this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  /** Resolves as soon as the present can be shown: live, or by polling. */
  ready(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.onState((state) => {
        if (state !== 'live' && state !== 'polling') return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  }

  /** Checks the connection after sleep, and reconnects at once if it is dead. In a browser, this happens by itself when
   * the page is shown or the network returns. */
  wake(): void {
    this.#socket?.wake();
  }

  /** Votes over the socket. Resolves when the vote is accepted.
   * @throws {ApiError} `connection_lost` if no answer can arrive; voting again counts at most once */
  voteLive(pollId: string, voter: Voter, choice: Choice): Promise<LiveVote> {
    const request_id = `vote:${++this.#requests}`;
    const vote = this.#votes.add(request_id);
    const sent = this.#send({
      action: 'vote',
      poll_id: pollId,
      request_id,
      ...(typeof voter === 'string' ? { user_id: voter } : { token: voter.token }),
      ...choice,
    });
    if (!sent) this.#votes.fail(request_id, connectionLost());
    return vote;
  }

  close(): void {
    this.#ignorePage();
    this.#socket?.close();
    this.#stopped();
    this.#polling.stop();
    this.#enter('closed');
  }

  async #url(): Promise<string> {
    const { url, token } = this.#options;
    // Before it looks for listeners: they are added after the client is made.
    const fresh = await token?.();
    const query = {
      ...(this.#boardListeners.size === 0 && { board: 'off' }),
      ...(fresh && { token: fresh }),
    };
    const text = `${new URLSearchParams(query)}`;
    return text ? `${url}${url.includes('?') ? '&' : '?'}${text}` : url;
  }

  #watch(pollId: string): PollWatch {
    const known = this.#watches.get(pollId);
    if (known) return known;
    const watch = new PollWatch(pollId, this.#state === 'live', {
      send: (message) => this.#send(message),
      unused: () => this.#watches.delete(pollId),
    });
    this.#watches.set(pollId, watch);
    if (this.#state === 'polling') this.#polling.read(pollId, watch);
    return watch;
  }

  #send(message: object): boolean {
    return this.#socket?.send(message) ?? false;
  }

  #enter(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    callAll(this.#stateListeners, state);
  }

  #opened(): void {
    this.#polling.stop();
    this.#board = noBoard;
    this.#boardTimer = setInterval(() => {
      if (this.#board.gap) this.#askForBoard();
    }, BOARD_EVERY_MS);
    this.#enter('live');
    for (const watch of [...this.#watches.values()]) watch.connected();
  }

  #closed(failures: number): void {
    this.#stopped();
    if (this.#state === 'live') this.#enter('stale');
    if (failures >= POLL_AFTER_FAILURES && this.#state !== 'polling') this.#startPolling();
  }

  #stopped(): void {
    clearInterval(this.#boardTimer);
    if (this.#state === 'live') for (const watch of [...this.#watches.values()]) watch.disconnected();
    this.#votes.failAll();
  }

  #startPolling(): void {
    this.#enter('polling');
    this.#polling.start();
  }

  #askForBoard(): void {
    if (this.#boardListeners.size > 0) this.#send({ action: 'leaderboard' });
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'LEADERBOARD_INIT':
      case 'LEADERBOARD_UPDATE':
        this.#updateBoard(message);
        break;
      case 'POLL_INIT':
        this.#updatePoll(message.poll.id, message, message.request_id);
        break;
      case 'POLL_UPDATE':
      case 'POLL_CLOSED':
      case 'POLL_DELETED':
        this.#updatePoll(message.poll_id, message);
        break;
      case 'UNSUBSCRIBED':
        this.#watches.get(message.request_id ?? '')?.answered();
        break;
      case 'VOTE_STATUS':
        this.#votes.hear(message);
        break;
      case 'ERROR':
        this.#refuse(message.request_id ?? '', new ApiError(0, message.code, message.detail));
        break;
    }
  }

  #updateBoard(message: LeaderboardInit | LeaderboardUpdate): void {
    const before = this.#board;
    this.#board = nextBoard(before, message);
    if (this.#board.gap) {
      if (!before.gap) this.#askForBoard();
      return;
    }
    if (this.#board !== before) callAll(this.#boardListeners, this.#board.entries);
  }

  #updatePoll(pollId: string, message: PollMessage, requestId?: string): void {
    const known = this.#watches.get(requestId ?? pollId);
    // Watched by its code, or an id in upper case.
    const watch = known ?? [...this.#watches.values()].find((one) => one.shownId === pollId);
    watch?.receive(message, requestId !== undefined);
  }

  #refuse(requestId: string, error: ApiError): void {
    this.#votes.fail(requestId, error);
    this.#watches.get(requestId)?.refuse(error);
  }
}
