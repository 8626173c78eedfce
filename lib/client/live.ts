import type {
  Choice,
  LeaderboardInit,
  LeaderboardUpdate,
  ServerMessage,
  Voter,
} from '../contract/messageTypes.ts';
import { type BoardState, nextBoard, noBoard } from './boardState.ts';
import { ApiError } from './http.ts';
import { type LiveVote, LiveVotes } from './liveVotes.ts';
import { nextPoll, type PollMessage, type PollState } from './pollState.ts';
import { openSocket, type Socket } from './socket.ts';

export interface WatchOptions {
  /** Opens `after_vote` results. */
  receipt?: string;
  onError?: (error: ApiError) => void;
}

type Listener<T> = (present: T) => void;

interface Watch {
  state: PollState | undefined;
  listeners: Set<Listener<PollState>>;
  options: WatchOptions;
}

// The server sends the first board unasked; if it is this late, it was lost.
const FIRST_BOARD_WITHIN_MS = 5_000;

/** Follows polls and the leaderboard over one reconnecting WebSocket. Listeners get the current state. */
export class LiveClient {
  readonly #watches = new Map<string, Watch>();
  readonly #boardListeners = new Set<Listener<BoardState['entries']>>();
  readonly #votes = new LiveVotes();
  readonly #socket: Socket;
  #board = noBoard;
  #boardTimer: ReturnType<typeof setTimeout> | undefined;
  #requests = 0;

  constructor(url: string, WebSocketClass: typeof WebSocket) {
    this.#socket = openSocket(url, WebSocketClass, {
      opened: () => this.#opened(),
      message: (message) => this.#receive(message),
      closed: () => this.#closed(),
    });
  }

  /** Calls the listener with the current leaderboard and after every change.
   * @returns a function that stops it */
  watchLeaderboard(listener: Listener<BoardState['entries']>): () => void {
    this.#boardListeners.add(listener);
    if (this.#board !== noBoard) listener(this.#board.entries);
    return () => this.#boardListeners.delete(listener);
  }

  /** Like `watchLeaderboard`, for one poll. */
  watchPoll(pollId: string, listener: Listener<PollState>, options: WatchOptions = {}): () => void {
    const watch = this.#watches.get(pollId) ?? { state: undefined, listeners: new Set(), options };
    watch.listeners.add(listener);
    watch.options = options;
    if (watch.state) listener(watch.state);
    this.#watches.set(pollId, watch);
    this.#subscribe(pollId, watch);
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size > 0 || !this.#watches.delete(pollId)) return;
      this.#socket.send({ action: 'unsubscribe', poll_id: pollId });
    };
  }

  /** Votes over the socket. Resolves when the vote is accepted.
   * @throws {ApiError} `connection_lost` if no answer can arrive; voting again counts at most once */
  voteLive(pollId: string, voter: Voter, choice: Choice): Promise<LiveVote> {
    const request_id = `vote:${++this.#requests}`;
    const vote = this.#votes.add(request_id);
    const sent = this.#socket.send({
      action: 'vote',
      poll_id: pollId,
      request_id,
      ...(typeof voter === 'string' ? { user_id: voter } : { token: voter.token }),
      ...choice,
    });
    if (!sent) this.#votes.fail(request_id, new ApiError(0, 'connection_lost', 'Not connected.'));
    return vote;
  }

  close(): void {
    this.#socket.close();
  }

  #subscribe(pollId: string, { options: { receipt } }: Watch): void {
    const request = { action: 'subscribe', poll_id: pollId, request_id: pollId };
    this.#socket.send(receipt ? { ...request, receipt } : request);
  }

  #opened(): void {
    this.#board = noBoard;
    this.#boardTimer = setTimeout(
      () => this.#board === noBoard && this.#askForBoard(),
      FIRST_BOARD_WITHIN_MS,
    );
    for (const [pollId, watch] of this.#watches) this.#subscribe(pollId, watch);
  }

  #closed(): void {
    clearTimeout(this.#boardTimer);
    this.#votes.failAll();
  }

  #askForBoard(): void {
    if (this.#boardListeners.size > 0) this.#socket.send({ action: 'leaderboard' });
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'LEADERBOARD_INIT':
      case 'LEADERBOARD_UPDATE':
        this.#updateBoard(message);
        break;
      case 'POLL_INIT':
        this.#updatePoll(message.poll.id, message);
        break;
      case 'POLL_UPDATE':
      case 'POLL_CLOSED':
      case 'POLL_DELETED':
        this.#updatePoll(message.poll_id, message);
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
    if (this.#board === before) return;
    for (const listener of this.#boardListeners) listener(this.#board.entries);
  }

  #updatePoll(pollId: string, message: PollMessage): void {
    const watch = this.#watches.get(pollId);
    const state = nextPoll(watch?.state, message);
    if (!watch || !state || state === watch.state) return;
    watch.state = state;
    for (const listener of watch.listeners) listener(state);
  }

  #refuse(requestId: string, error: ApiError): void {
    this.#votes.fail(requestId, error);
    this.#watches.get(requestId)?.options.onError?.(error);
  }
}
