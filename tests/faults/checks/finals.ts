import { until } from '../../../lib/concurrency/deadline.ts';
import type { MadePoll } from '../../support/http/api.ts';
import type { Random } from '../random.ts';
import type { Finding } from './finding.ts';
import { read } from './read.ts';

/** The number of final polls that are checked again after each round; at the end, all are. */
const LOOKED_AT_AGAIN = 20;

/** Polls that have ended: their counts may not change any more, and once final, nothing may. */
export class Finals {
  readonly #ended = new Map<string, string>();
  readonly #final = new Map<string, string>();

  /** @param polls as they are now, closed and with all votes in */
  async add(httpUrl: string, polls: MadePoll[]): Promise<void> {
    for (const { id } of polls) this.#ended.set(id, countsOf(await read(httpUrl, `/polls/${id}`)));
  }

  /** Checks all polls that may have become final, and again some that already are. */
  async check(httpUrl: string, random: Random): Promise<Finding[]> {
    const some = random.some([...this.#final.keys()], LOOKED_AT_AGAIN);
    return [...(await this.#lookAgain(httpUrl, some)), ...(await this.#take(httpUrl))];
  }

  /** Waits until all are final, and looks at each. */
  async finish(httpUrl: string, limitMs: number): Promise<Finding[]> {
    const findings: Finding[] = [];
    const allFinal = async () => {
      findings.push(...(await this.#take(httpUrl)));
      if (this.#ended.size > 0)
        throw new Error(`${this.#ended.size} polls that have ended are not yet final.`);
    };
    try {
      await until(allFinal, limitMs);
    } catch (error) {
      findings.push({ kind: 'stuck', said: error instanceof Error ? error.message : String(error) });
    }
    return [...findings, ...(await this.#lookAgain(httpUrl, [...this.#final.keys()]))];
  }

  async #lookAgain(httpUrl: string, ids: string[]): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const id of ids) {
      const is = whole(await read(httpUrl, `/polls/${id}`));
      const was = this.#final.get(id);
      if (is !== was) findings.push({ kind: 'wrong', said: `Poll ${id} was final at ${was}, and is ${is}.` });
    }
    return findings;
  }

  async #take(httpUrl: string): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const [id, counts] of this.#ended) {
      const poll = await read<MadePoll>(httpUrl, `/polls/${id}`);
      if (!poll.is_final) continue;
      this.#ended.delete(id);
      this.#final.set(id, whole(poll));
      const is = countsOf(poll);
      if (is !== counts)
        findings.push({ kind: 'wrong', said: `Poll ${id} had ${counts} and is final at ${is}.` });
    }
    return findings;
  }
}

const countsOf = ({ total_votes, options }: MadePoll) =>
  JSON.stringify([total_votes, ...options.map(({ vote_count }) => vote_count)]);

const whole = (poll: MadePoll) =>
  `${countsOf(poll)} ${poll.status} ${poll.is_final} ${poll.closed_at} v${poll.version}`;
