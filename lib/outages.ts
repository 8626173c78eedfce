import { deadlineIn, monotonicMs } from './clock.ts';
import { isRetryable } from './errors.ts';
import { log } from './log.ts';

/** What fails in an outage fails again and again: often enough to see that it goes on, and how badly. */
const REMIND_MS = 30_000;
/** For work that nobody reports the success of: after so long without a fault, the next is a new outage. */
const FORGET_MS = 60_000;

interface Outage {
  since: number;
  lastFaultAt: number;
  saidAt: number;
  times: number;
  /** Names and codes of the errors that were logged: one that is not among them is logged at once. */
  kinds: Set<string>;
  /** What fails now, of parts that may fail apart from each other. */
  parts: Set<Part>;
}

type Part = number | string;

/** Says once that some work fails, then every half minute how often, and then that it works again. */
export interface Outages {
  /** @param what fails, as a sentence begins: `Counting votes`
   * @param part of the work, such as a partition: the outage is over when all parts work again */
  fault(what: string, error: unknown, part?: Part): void;
  success(what: string, part?: Part): void;
  /** Does the work and notes what came of it. @throws what the work throws */
  watch<T>(what: string, work: () => Promise<T>, part?: Part): Promise<T>;
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${error.name} ${error.code}` : error.name;
}

const secondsSince = (time: number, now: number) => Math.round((now - time) / 1_000);

export function createOutages(clock: () => number = monotonicMs): Outages {
  // By the names of work, of which there are a few.
  const outages = new Map<string, Outage>();

  function begin(what: string, now: number): Outage {
    const times = { since: now, saidAt: 0, lastFaultAt: now, times: 0 };
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
    if (isKnownKind && now - outage.saidAt < REMIND_MS) return;
    outage.kinds.add(kindOf(error));
    outage.saidAt = now;
    const write = isRetryable(error) ? log.warn : log.error;
    const { since, times } = outage;
    if (times === 1) write(`${what} fails.`, { error });
    else write(`${what} still fails.`, { seconds: secondsSince(since, now), times, error });
  }

  function success(what: string, part: Part = ''): void {
    const outage = outages.get(what);
    if (!outage) return;
    outage.parts.delete(part);
    if (outage.parts.size > 0) return;
    outages.delete(what);
    const seconds = secondsSince(outage.since, clock());
    log.info(`${what} works again after ${seconds} s.`, { times: outage.times });
  }

  return {
    fault,
    success,
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

/** Of this process. */
export const outages: Outages = createOutages();

/** Parts of some work that have nothing to do with each other. */
export interface Parts {
  /** Does a part. If it fails it is logged under its name and stops none of the others.
   * @param what fails if it does: `Closing polls`
   * @param work is given its deadline by the monotonic clock, to leave the rest for the next call */
  attempt(what: string, work: (deadline: number) => Promise<void>): Promise<void>;
  /** What those met that failed, in their order. */
  readonly faults: unknown[];
}

/** @param partMs however much is due, a part takes about so long at most */
export function createParts(partMs: number): Parts {
  const faults: unknown[] = [];
  const attempt: Parts['attempt'] = async (what, work) => {
    await outages.watch(what, () => work(deadlineIn(partMs))).catch((fault) => faults.push(fault));
  };
  return { attempt, faults };
}
