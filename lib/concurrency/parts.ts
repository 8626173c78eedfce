import { deadlineIn } from '../clock.ts';
import { outages } from '../outages.ts';

/** Parts of some work that have nothing to do with each other. */
export interface Parts {
  /** Does a part. If it fails it is logged under its name and stops none of the others.
   * @param what fails if it does: `Closing polls`
   * @param work is given its deadline by the monotonic clock, to leave the rest for the next call */
  attempt(what: string, work: (deadline: number) => Promise<void>): Promise<void>;
  /** What those met that failed, in their order. */
  readonly faults: unknown[];
}

/** @param partMs however much is due, a part takes about so long at most
 * @param toFault makes a fault that passes of an error, where it is one */
export function createParts(partMs: number, toFault: (error: unknown) => unknown): Parts {
  const faults: unknown[] = [];
  const attempt: Parts['attempt'] = async (what, work) => {
    const named = () =>
      work(deadlineIn(partMs)).catch((error) => {
        throw toFault(error);
      });
    await outages.watch(what, named).catch((fault) => faults.push(fault));
  };
  return { attempt, faults };
}
