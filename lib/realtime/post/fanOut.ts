import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Pace } from '../../concurrency/pacing.ts';
import { createSlots, type Slots } from '../../concurrency/pacing.ts';
import { MAX_IN_FLIGHT, type Post, type PostOutcome } from './postToConnection.ts';

export interface Delivery {
  connectionId: string;
  /** Built once and shared by all who get the same message. */
  payload: Buffer;
  /** Its `$connect` may not have returned yet: "gone" can still mean "not there yet". */
  isYoung: boolean;
}

export interface Missed {
  connectionId: string;
  payload: Buffer;
  reason: PostOutcome;
}

export interface FanOutResult {
  delivered: number;
  /** Connections that no longer exist. */
  gone: string[];
  /** Connections that did not get their message, with the last reason: they need the whole state. */
  missed: Missed[];
  retries: number;
}

/** Posts to many connections. Never rejects: a connection that fails is a part of the result. */
export type FanOut = (deliveries: Iterable<Delivery> | AsyncIterable<Delivery>) => Promise<FanOutResult>;

/** What one fan-out posts with. */
interface Deps {
  post: Post;
  slots: Slots;
  pace: Pace;
}

/** Pauses before the tries after the first: `$connect` returns within the first two, and a rate limit of a
 * second's length eases over all of them. */
const RETRY_PAUSES_MS = [50, 100, 200, 400];
/** Once everybody has had a first try, a fan-out ends when it heard of nobody for so long: longer than the
 * longest pause, or a slow phone would hold up the next message of everybody else for its whole time-out. */
const STRAGGLER_PATIENCE_MS = 1_000;

function mayYetSucceed(outcome: PostOutcome, isYoung: boolean): boolean {
  // Not after a time-out: the connection has had its share of our time, and the post may have arrived.
  return outcome === 'throttled' || outcome === 'failed' || (outcome === 'gone' && isYoung);
}

// Those who were refused together do not all come back together.
function jittered(ms: number): number {
  return ms * (0.5 + Math.random());
}

/** What is left of one fan-out: who has no final outcome yet, and the result so far. */
class Round {
  readonly result: FanOutResult = { delivered: 0, gone: [], missed: [], retries: 0 };
  isOver = false;
  readonly #open = new Map<Delivery, PostOutcome>();
  #whenEmpty = () => {};

  begin(delivery: Delivery): void {
    this.#open.set(delivery, 'timed_out');
  }

  /** The last word so far, which stands if time runs out. */
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
        delay(STRAGGLER_PATIENCE_MS, undefined, { signal: timer.signal }).catch(() => {}),
      ]);
      timer.abort();
      // A process that was held up comes to its timers before it reads what was answered meanwhile.
      await nextTurn();
    }
    for (const [delivery, outcome] of [...this.#open]) this.settle(delivery, outcome);
    this.isOver = true;
  }
}

// Enters with a slot taken, and holds one only while it posts.
async function deliver(deps: Deps, round: Round, delivery: Delivery): Promise<void> {
  const { post, slots, pace } = deps;
  for (let tries = 0; ; tries += 1) {
    const outcome = await post(delivery.connectionId, delivery.payload);
    slots.release();
    const pauseMs = RETRY_PAUSES_MS[tries];
    if (pauseMs === undefined || !mayYetSucceed(outcome, delivery.isYoung)) {
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

/** Fan-outs that share one bound on posts in flight, as the shards of one process do.
 * @returns a function from the pace at which to post, every retry counted, to a fan-out */
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

/** The same fan-out, which calls `tell` when each delivery has had its turn to be posted: sooner than it ends, which
 * waits for the slow. */
export function tellingWhenOut(fanOut: FanOut, tell: () => void): FanOut {
  return (deliveries) =>
    fanOut(
      (async function* () {
        yield* deliveries;
        tell();
      })(),
    );
}

/** A fan-out that posts as fast as it can. */
export function createFanOut(post: Post): FanOut {
  return createFanOuts(post)(async () => {});
}
