import { ApiError } from './apiError.ts';
import type { HttpClient } from './http.ts';
import type { PollWatch } from './pollWatch.ts';

const EVERY_MS = 3_000;

/** Reads watched polls by HTTP every few seconds, where no WebSocket can be had. */
export class HttpPolling {
  readonly #http: Pick<HttpClient, 'getPoll'>;
  readonly #watches: ReadonlyMap<string, PollWatch>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(http: Pick<HttpClient, 'getPoll'>, watches: ReadonlyMap<string, PollWatch>) {
    this.#http = http;
    this.#watches = watches;
  }

  start(): void {
    for (const [pollId, watch] of this.#watches) this.read(pollId, watch);
    // Jitter, so that an audience does not ask in step.
    this.#timer = setTimeout(() => this.start(), EVERY_MS * (0.5 + Math.random()));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  read(pollId: string, watch: PollWatch): void {
    this.#http.getPoll(pollId, watch.receipt).then(
      (poll) => watch.show(poll),
      (error) => error instanceof ApiError && !error.retryable && watch.reportError(error),
    );
  }
}
