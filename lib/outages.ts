import { deadlineIn, monotonicMs } from './clock.ts';
import { isRetryable } from './errors.ts';
import { log } from './log.ts';

/** The interval of log lines during an outage, which repeats its errors many times. */
const REMIND_MS = 30_000;
/** For work without reported successes: a fault after this time without one starts a new outage. */
const FORGET_MS = 60_000;
/** Longer than a request waits for a server that hangs, 5 s, and its client then waits before the next one. */
const CALM_MS = 10_000;

interface Outage {
  since: number;
  lastFaultAt: number;
  loggedAt: number;
  times: number;
  /** Names and codes of the logged errors: a new kind is logged at once. */
  kinds: Set<string>;
  /** The failing parts, which fail independently. */
  parts: Set<Part>;
}

type Part = number | string;

/** Logs that some work fails, then every half minute how often, and finally that it works again. */
export interface Outages {
  /** @param what the subject of the log message: `Counting votes`
   * @param part of the work, such as a partition: the outage ends when all parts work again */
  fault(what: string, error: unknown, part?: Part): void;
  success(what: string, part?: Part): void;
  /** For work such as requests, of which some succeed during an outage: it ends with a success after some time without
   * a fault. */
  successOfOne(what: string): void;
  /** Runs the work and reports its outcome. @throws the error of the work */
  watch<T>(what: string, work: () => Promise<T>, part?: Part): Promise<T>;
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${error.name} ${error.code}` : error.name;
}

const secondsSince = (time: number, now: number) => Math.round((now - time) / 1_000);

export function createOutages(clock: () => number = monotonicMs): Outages {
  // By `what`; there are only a few.
  const outages = new Map<string, Outage>();

  function begin(what: string, now: number): Outage {
    const times = { since: now, loggedAt: 0, lastFaultAt: now, times: 0 };
    const outage: Outage = { ...times, kinds: new Set(), parts: new Set() };
    outages.set(what, outage);
    return outage;
  }

  function fault(what: string, error: unknown, part: Part = ''): void {
    const now = clock();
    const known = outages.get(what);
    const outage = known && now - known.lastFaultAt < FORGET_MS ? known : begin(what, now);
    outage.lastFaultAt = now;
    outage.times += 1;
    outage.parts.add(part);
    const isKnownKind = outage.kinds.has(kindOf(error));
    if (isKnownKind && now - outage.loggedAt < REMIND_MS) return;
    outage.kinds.add(kindOf(error));
    outage.loggedAt = now;
    const write = isRetryable(error) ? log.warn : log.error;
    const { since, times } = outage;
    if (times === 1) write(`${what} failed.`, { error });
    else write(`${what} is still failing.`, { seconds: secondsSince(since, now), times, error });
  }

  function success(what: string, part: Part = ''): void {
    const outage = outages.get(what);
    if (!outage) return;
    outage.parts.delete(part);
    if (outage.parts.size > 0) return;
    end(what, outage, clock());
  }

  function successOfOne(what: string): void {
    const outage = outages.get(what);
    if (outage && clock() - outage.lastFaultAt >= CALM_MS) end(what, outage, outage.lastFaultAt);
  }

  function end(what: string, { since, times }: Outage, at: number): void {
    outages.delete(what);
    const seconds = secondsSince(since, at);
    log.info(`${what} works again after ${seconds} s.`, { times });
  }

  return {
    fault,
    success,
    successOfOne,
    watch: async (what, work, part) => {
      try {
        const result = await work();
        success(what, part);
        return result;
      } catch (error) {
        fault(what, error, part);
        throw error;
      }
    },
  };
}

export const outages: Outages = createOutages();

/** Independent parts of some work. */
export interface Parts {
  /** Runs a part. A failure is logged and does not stop the other parts.
   * @param what the subject of the log message: `Closing polls`
   * @param work receives its deadline of the monotonic clock; the next call continues */
  attempt(what: string, work: (deadline: number) => Promise<void>): Promise<void>;
  /** The errors of failed parts, in order. */
  readonly faults: unknown[];
}

/** @param partMs the approximate time limit of each part */
export function createParts(partMs: number): Parts {
  const faults: unknown[] = [];
  const attempt: Parts['attempt'] = async (what, work) => {
    await outages.watch(what, () => work(deadlineIn(partMs))).catch((fault) => faults.push(fault));
  };
  return { attempt, faults };
}
