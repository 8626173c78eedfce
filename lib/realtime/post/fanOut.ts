import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { createSlots, type Pace, type Slots } from '../../concurrency/pacing.ts';
import { MAX_IN_FLIGHT, type Post, type PostOutcome } from './postToConnection.ts';

export interface Delivery {
  connectionId: string;
  /** Built once and shared by all recipients of the same message. */
  payload: Buffer;
  /** Its `$connect` may still run, so "gone" can mean "not open yet". */
  isYoung: boolean;
}

export interface Missed {
  connectionId: string;
  payload: Buffer;
  reason: PostOutcome;
}

/** A round posts for so long to viewers of polls, then for so long to followers of the board. Together that is half of
 * the function's timeout; the other half is for slow posts and for storing what was sent. */
export const POSTING_MS = 15_000;

/** The pause after a failed post: a retry in every round would slow every round. */
export const RETRY_AFTER_MISS_SECONDS = 5;

export interface FanOutResult {
  delivered: number;
  /** Connections that no longer exist. */
  gone: string[];
  /** Connections that did not receive their message, with the last reason. They need the whole state. */
  missed: Missed[];
  retries: number;
}

/** Posts to many connections. Never rejects: the result lists failed connections. */
export type FanOut = (deliveries: Iterable<Delivery> | AsyncIterable<Delivery>) => Promise<FanOutResult>;

interface Deps {
  post: Post;
  slots: Slots;
  pace: Pace;
}

/** Pauses before retries. `$connect` returns within the first two; all of them outlast a 1 s rate limit. */
const RETRY_PAUSES_MS = [50, 100, 200, 400];
/** After all first tries, a fan-out ends once no post has settled for this time: longer than the longest
 * pause, and shorter than a post's timeout, by which a slow phone would delay all others' next message. */
const STRAGGLER_TIMEOUT_MS = 1_000;

function canRetry(outcome: PostOutcome, isYoung: boolean): boolean {
  // Not after a timeout: it has already cost time, and the post may have arrived.
  return outcome === 'throttled' || outcome === 'failed' || (outcome === 'gone' && isYoung);
}

// Posts that were throttled together must not retry together.
function jittered(ms: number): number {
  return ms * (0.5 + Math.random());
}

/** The open deliveries of one fan-out and its result so far. */
class Round {
  readonly result: FanOutResult = { delivered: 0, gone: [], missed: [], retries: 0 };
  isOver = false;
  readonly #open = new Map<Delivery, PostOutcome>();
  #whenEmpty = () => {};

  begin(delivery: Delivery): void {
    this.#open.set(delivery, 'timed_out');
  }

  /** Records the outcome that stands if time runs out. */
  note(delivery: Delivery, outcome: PostOutcome): void {
    if (this.#open.has(delivery)) this.#open.set(delivery, outcome);
  }

  settle(delivery: Delivery, outcome: PostOutcome): void {
    if (!this.#open.delete(delivery)) return;
    const { connectionId, payload, isYoung } = delivery;
    if (outcome === 'delivered') this.result.delivered += 1;
    else if (outcome === 'gone' && !isYoung) this.result.gone.push(connectionId);
    else this.result.missed.push({ connectionId, payload, reason: outcome });
    if (this.#open.size === 0) this.#whenEmpty();
  }

  async waitForStragglers(): Promise<void> {
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (let before = Number.POSITIVE_INFINITY; this.#open.size > 0 && this.#open.size < before; ) {
      before = this.#open.size;
      const timer = new AbortController();
      await Promise.race([
        empty,
        delay(STRAGGLER_TIMEOUT_MS, undefined, { signal: timer.signal }).catch(() => {}),
      ]);
      timer.abort();
      // A stalled process runs its timers before it reads the answers that arrived meanwhile.
      await nextTurn();
    }
    for (const [delivery, outcome] of [...this.#open]) this.settle(delivery, outcome);
    this.isOver = true;
  }
}

// The caller has taken a slot; pauses hold none.
async function deliver(deps: Deps, round: Round, delivery: Delivery): Promise<void> {
  const { post, slots, pace } = deps;
  for (let tries = 0; ; tries += 1) {
    const outcome = await post(delivery.connectionId, delivery.payload);
    slots.release();
    const pauseMs = RETRY_PAUSES_MS[tries];
    if (pauseMs === undefined || !canRetry(outcome, delivery.isYoung)) {
      return round.settle(delivery, outcome);
    }
    round.note(delivery, outcome);
    await delay(jittered(pauseMs));
    await pace();
    await slots.take();
    if (round.isOver) return slots.release();
    round.result.retries += 1;
  }
}

/** Creates fan-outs that share one limit of posts in flight, such as the shards of one process.
 * @returns a function from a pace, which retries count against too, to a fan-out */
export function createFanOuts(post: Post): (pace: Pace) => FanOut {
  const slots = createSlots(MAX_IN_FLIGHT);
  return (pace) => async (deliveries) => {
    const deps = { post, slots, pace };
    const round = new Round();
    for await (const delivery of deliveries) {
      await pace();
      await slots.take();
      round.begin(delivery);
      void deliver(deps, round, delivery);
    }
    await round.waitForStragglers();
    return round.result;
  };
}

/** Wraps a fan-out: calls `onOut` once the first try of every delivery has started, before slow posts end. */
export function notifyWhenStarted(fanOut: FanOut, onOut: () => void): FanOut {
  return (deliveries) =>
    fanOut(
      (async function* () {
        yield* deliveries;
        onOut();
      })(),
    );
}

/** Creates a fan-out without a rate limit. */
export function createFanOut(post: Post): FanOut {
  return createFanOuts(post)(async () => {});
}
