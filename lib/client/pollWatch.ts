import type { Poll } from '../domain/poll.ts';
import type { ApiError } from './apiError.ts';
import { callAll, type Listener } from './emitter.ts';
import { nextPoll, type PollMessage, type PollState } from './pollState.ts';
import { ASK_AGAIN_MS, FINAL_IS_SLOWER, READ_EVERY_MS } from './times.ts';

export interface WatchOptions {
  /** Opens `after_vote` results. */
  receipt?: string;
  onError?: (error: ApiError) => void;
}

export interface PollWatchPorts {
  /** Returns false without a connection. */
  send: (message: object) => boolean;
  /** Reads the poll by HTTP: from this URL, or as its watchers may see it. */
  read: (url?: string) => Promise<Poll>;
  /** Called when the last listener has left and the server has ended the subscription. */
  unused: () => void;
}

/** The watchers of one poll in this client, which share a subscription. It sends one request at a time, because frames
 * that do not wait for the previous answer may overtake each other. */
export interface PollWatch {
  /** Calls the listener with the current state, if it is known, and after every change.
   * @returns a function that stops it */
  add(listener: Listener<PollState>, options: WatchOptions): () => void;
  id(): string | undefined;
  /** The receipt to send when reading over HTTP; undefined if everybody sees the results, so that caches can answer. */
  receipt(): string | undefined;
  /** True if the server sends it nothing: it reads by HTTP, or is deleted. */
  isQuiet(): unknown;
  /** Call it when a connection opens (nothing is subscribed yet) or is lost (the subscription's state is unknown). */
  reset(isConnected: boolean): void;
  receive(message: PollMessage): void;
  /** Reads the poll by HTTP again and again, unless it is being read already. */
  read(): void;
  stop(): void;
  /** @param error if it was refused */
  answered(error?: ApiError): void;
}

/** The desired subscription: empty means unsubscribe; `+` means subscribe, followed by the receipt if there is one. */
type Wish = '' | `+${string}`;

/** Whether everybody sees the results. */
const isOpen = (poll?: Poll) => poll && (poll.is_final || poll.results_visibility === 'always');

/** Starts without a connection, until `reset` reports one. */
export function pollWatch(pollId: string, ports: PollWatchPorts): PollWatch {
  const watchers = new Set<WatchOptions & { listener: Listener<PollState> }>();
  let state: PollState | undefined;
  let asking: Wish | undefined;
  let known: Wish | undefined;
  let reading: ReturnType<typeof setTimeout> | undefined;
  let asked: ReturnType<typeof setTimeout> | undefined;

  const receipt = () => [...watchers].flatMap((one) => one.receipt ?? []).at(-1);

  function sync(): void {
    if (asking !== undefined) return;
    const wish: Wish = watchers.size ? `+${receipt() ?? ''}` : '';
    // Without a connection nothing is asked, and nothing is known.
    if (known === undefined || known === wish) {
      if (!wish) ports.unused();
      return;
    }
    const action = wish ? 'subscribe' : 'unsubscribe';
    const message = { action, poll_id: pollId, request_id: pollId, receipt: wish.slice(1) || undefined };
    if (!ports.send(message)) return;
    asking = wish;
    asked = setTimeout(() => {
      asking = undefined;
      sync();
    }, ASK_AGAIN_MS);
  }

  function answered(error?: ApiError): void {
    // A permanent refusal is retried only after a reconnect.
    if (!error?.retryable) {
      clearTimeout(asked);
      known = asking ?? known;
      asking = undefined;
      sync();
    }
    if (error) reportError(error);
  }

  function apply(message: PollMessage): void {
    const next = nextPoll(state, message);
    if (!next || next === state) return;
    state = next;
    callAll(
      [...watchers].map(({ listener }) => listener),
      next,
    );
  }

  function reportError(error: ApiError): void {
    callAll(
      [...watchers].flatMap(({ onError }) => onError ?? []),
      error,
    );
  }

  function stop(): void {
    clearTimeout(reading);
    reading = undefined;
  }

  function read(everyMs: number, url?: string, inMs = 0): void {
    stop();
    const mine = setTimeout(async () => {
      let error: ApiError | undefined;
      const poll = await ports.read(url).catch((cause) => {
        error = cause;
      });
      if (mine !== reading) return;
      // Jitter, so that the requests of an audience spread out.
      let waitMs = everyMs * (0.9 + Math.random() / 5);
      if (poll) {
        // HTTP responses have no viewer count.
        apply({ poll, viewers: state?.viewers ?? 0 });
        if (poll.is_final) waitMs *= FINAL_IS_SLOWER;
      } else if (error?.retryable) waitMs += (error.retryAfter ?? 0) * 1_000;
      else {
        stop();
        if (state && error?.code === 'poll_not_found') apply({ type: 'POLL_DELETED', poll_id: pollId });
        else reportError(error as ApiError);
      }
      // A listener may have stopped it.
      if (mine === reading) read(everyMs, url, waitMs);
    }, inMs);
    reading = mine;
  }

  return {
    add: (listener, options) => {
      const watcher = { ...options, listener };
      watchers.add(watcher);
      if (state) callAll([listener], state);
      sync();
      return () => {
        if (!watchers.delete(watcher)) return;
        if (!watchers.size) stop();
        sync();
      };
    },
    id: () => state?.poll.id,
    receipt: () => (isOpen(state?.poll) ? undefined : receipt()),
    isQuiet: () => reading || state?.deleted,
    reset: (isNowConnected) => {
      if (isNowConnected) stop();
      clearTimeout(asked);
      asking = undefined;
      known = isNowConnected ? '' : undefined;
      sync();
    },
    receive: (message) => {
      if ('poll' in message) {
        stop();
        const { follow } = message;
        if (follow && watchers.size) read(follow.every_ms, follow.url, Math.random() * follow.every_ms);
      }
      apply(message);
    },
    read: () => {
      if (!reading) read(READ_EVERY_MS);
    },
    stop,
    answered,
  };
}
