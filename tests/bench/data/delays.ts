import type { Watched } from '../load/watchPoll.ts';

/** The number of votes handed over at a time (milliseconds since 1970). */
export interface Handed {
  at: number;
  votes: number;
}

/** How often something took how many milliseconds; too many to keep each of them. */
export class Delays {
  readonly #counts: number[] = [];
  #all = 0;

  add(ms: number, times: number): void {
    const whole = Math.max(0, Math.round(ms));
    this.#counts[whole] = (this.#counts[whole] ?? 0) + times;
    this.#all += times;
  }

  percentile(share: number): number {
    let seen = 0;
    return this.#counts.findIndex((count = 0) => {
      seen += count;
      return seen > this.#all * share;
    });
  }
}

/** From each vote to the first update that counts it, at each watcher. Votes of a partition all choose the option of
 * its number and are counted in their order, so an update says by itself which votes are in it.
 * @param handed votes of each partition, in its order
 * @param since votes handed over before are left out
 * @throws if a watcher got no message about a vote */
export function delaysOf({ heard, counts }: Watched, handed: Handed[][], since: number): Delays {
  const delays = new Delays();
  for (const [watcher, updates] of heard.entries()) {
    for (const [partition, batches] of handed.entries()) {
      const left = addDelays(delays, batches, since, function* () {
        for (let at = 0; at < updates.length; at += 2) {
          const votes = counts[updates[at] ?? 0]?.[partition] ?? 0;
          yield { votes, at: updates[at + 1] ?? 0 };
        }
      });
      if (left > 0) throw new Error(`Watcher ${watcher} was not told of ${left} batches of votes.`);
    }
  }
  return delays;
}

/** @param told the numbers of counted votes that messages contained, with their times
 * @returns the number of batches that no message covered */
function addDelays(delays: Delays, batches: Handed[], since: number, told: () => Iterable<Handed>): number {
  let batch = 0;
  let votesUpToBatch = batches[0]?.votes ?? 0;
  let known = 0;
  for (const { votes, at } of told()) {
    while (known < votes && batch < batches.length) {
      const handed = batches[batch] as Handed;
      const upTo = Math.min(votes, votesUpToBatch);
      if (handed.at >= since) delays.add(at - handed.at, upTo - known);
      known = upTo;
      if (known < votesUpToBatch) break;
      batch += 1;
      votesUpToBatch += batches[batch]?.votes ?? 0;
    }
  }
  return batches.length - batch;
}
