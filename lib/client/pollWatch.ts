import type { PollInit } from '../contract/messageTypes.ts';
import type { ApiError } from './apiError.ts';
import { callAll, type Listener } from './emitter.ts';
import { nextPoll, type PollMessage, type PollState } from './pollState.ts';

export interface WatchOptions {
  /** Opens `after_vote` results. */
  receipt?: string;
  onError?: (error: ApiError) => void;
}

export interface PollWatchPorts {
  /** Returns false without a connection. */
  send: (message: object) => boolean;
  /** Nobody watches, and the server knows. */
  unused: () => void;
}

/** What the server is asked for: to watch with this receipt (empty for none), or null to stop. */
type Wish = string | null;

/** All that watch one poll in this client. It asks the server for one thing at a time: frames that are sent without
 * waiting for the answer may overtake each other. */
export class PollWatch {
  readonly #pollId: string;
  readonly #ports: PollWatchPorts;
  readonly #watchers = new Set<{ listener: Listener<PollState>; options: WatchOptions }>();
  #state: PollState | undefined;
  #asking: Wish | undefined;
  #answered: Wish | undefined;

  constructor(pollId: string, isConnected: boolean, ports: PollWatchPorts) {
    this.#pollId = pollId;
    this.#ports = ports;
    if (isConnected) this.#answered = null;
  }

  add(listener: Listener<PollState>, options: WatchOptions): () => void {
    const watcher = { listener, options };
    this.#watchers.add(watcher);
    if (this.#state) callAll([listener], this.#state);
    this.#sync();
    return () => {
      if (this.#watchers.delete(watcher)) this.#sync();
    };
  }

  get shownId(): string | undefined {
    return this.#state?.poll.id;
  }

  get receipt(): string | undefined {
    const receipts = [...this.#watchers].flatMap(({ options }) => options.receipt ?? []);
    return receipts.at(-1);
  }

  /** A new connection knows nothing. */
  connected(): void {
    this.#asking = undefined;
    this.#answered = null;
    this.#sync();
  }

  disconnected(): void {
    this.#asking = undefined;
    this.#answered = undefined;
    if (this.#watchers.size === 0) this.#ports.unused();
  }

  /** @param isReply the answer to what was asked, not a push */
  receive(message: PollMessage, isReply: boolean): void {
    if (isReply) this.answered();
    const state = nextPoll(this.#state, message);
    if (!state || state === this.#state) return;
    this.#state = state;
    callAll(
      [...this.#watchers].map(({ listener }) => listener),
      state,
    );
  }

  /** A poll that was read by HTTP says nothing of viewers. */
  show(poll: PollInit['poll']): void {
    const { viewers = 0 } = this.#state ?? {};
    this.receive({ type: 'POLL_INIT', poll, viewers }, false);
  }

  refuse(error: ApiError): void {
    // Asked again after the next connection, not before: the answer would be the same.
    this.answered();
    this.reportError(error);
  }

  reportError(error: ApiError): void {
    callAll(
      [...this.#watchers].flatMap(({ options }) => options.onError ?? []),
      error,
    );
  }

  answered(): void {
    if (this.#asking !== undefined) this.#answered = this.#asking;
    this.#asking = undefined;
    this.#sync();
  }

  #sync(): void {
    if (this.#asking !== undefined) return;
    const wish: Wish = this.#watchers.size > 0 ? (this.receipt ?? '') : null;
    // Without a connection nothing is asked, and nothing is known.
    if (this.#answered === undefined || this.#answered === wish) {
      if (wish === null) this.#ports.unused();
      return;
    }
    const action = wish === null ? 'unsubscribe' : 'subscribe';
    const frame = { action, poll_id: this.#pollId, request_id: this.#pollId };
    if (this.#ports.send(wish ? { ...frame, receipt: wish } : frame)) this.#asking = wish;
  }
}
