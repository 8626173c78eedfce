import type { ApiError, Choice } from 'poleparty-client';
import type { Stage, VoteRecord } from '../views/voteRecord.ts';
import type { Live, PageClient } from './connect.ts';

/** A dead socket accepts writes without an answer, so after this time the vote is sent over HTTP with the same voter
 * id. */
const SOCKET_WITHIN_MS = 3_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];
const LOOK_UP_MS = [300, 500, 1_000, 2_000, 5_000];

export interface Ballot {
  pollId: string;
  voter: string;
  choice: string[];
  isSingle: boolean;
}

/** Reports each stage of the vote as a change of its record. */
export type Report = (change: Partial<VoteRecord>) => void;

const pause = (steps: number[], attempt: number, leastMs = 0) =>
  new Promise<void>((resolve) => {
    const ending = new AbortController();
    const end = () => {
      ending.abort();
      resolve();
    };
    setTimeout(end, Math.max(leastMs, steps[Math.min(attempt, steps.length - 1)] ?? 0));
    // Waits the full `Retry-After`, even if the network returns earlier.
    if (!leastMs) addEventListener('online', end, ending);
  });

function within<T>(promise: Promise<T> | undefined, ms: number): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setTimeout(resolve, ms))]);
}

interface Outcome {
  status: string;
  reason?: string;
}

interface Sent {
  receipt: string;
  settled?: Promise<Outcome>;
}

/** An attempt that may have landed, and whose answer never comes. */
export const LOST = new Promise<Sent>(() => {});

export class VoteSender {
  readonly #polls: PageClient;
  readonly #live: Live;
  #isLive = false;

  constructor(polls: PageClient, live: Live) {
    this.#polls = polls;
    this.#live = live;
    live.onState((state) => {
      this.#isLive = state === 'live';
    });
  }

  /** Sends a vote until the server has it or refuses it, then follows it until it is counted or rejected.
   * @param earlier attempts to send the same vote, whose answers are late or lost */
  async send(ballot: Ballot, report: Report, earlier: Promise<Sent>[] = []): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const sent = await this.#try(ballot, earlier);
        report({ stage: 'arrived', receipt: sent.receipt });
        return await this.follow(sent, report, earlier);
      } catch (error) {
        const { retryable, code, retryAfter = 0 } = error as ApiError;
        if (!retryable) return this.#refuse(code, earlier, report);
        earlier.push(LOST);
        report({ stage: 'unsent' });
        await pause(RETRY_MS, attempt, retryAfter * 1_000);
      }
    }
  }

  /** Follows a vote that the server has.
   * @param earlier as of `send` */
  async follow({ receipt, settled }: Sent, report: Report, earlier: Promise<Sent>[] = []): Promise<void> {
    const soon = settled && (await within(settled, SOCKET_WITHIN_MS).catch(() => undefined));
    const outcome = soon ?? (await this.#lookUp(receipt));
    if (!outcome) return;
    const { status, reason } = outcome;
    if (reason) return this.#refuse(reason, earlier, report);
    report({ stage: status as Stage });
  }

  /** The last attempt does not count, but an earlier one may: the server judges each by the time when it arrived. */
  async #refuse(reason: string, earlier: Promise<Sent>[], report: Report): Promise<void> {
    let isSure = false;
    const first = await within(Promise.any(earlier), SOCKET_WITHIN_MS).catch(({ errors }: AggregateError) => {
      isSure = errors.every(({ retryable }) => !retryable);
    });
    if (first) {
      report({ stage: 'arrived', receipt: first.receipt });
      return this.follow(first, report);
    }
    report(isSure || reason === 'already_voted' ? { stage: 'rejected', reason } : { stage: 'unknown' });
  }

  /** @param earlier takes the attempt over the socket, if its answer is late or lost */
  async #try({ pollId, voter, choice, isSingle }: Ballot, earlier: Promise<Sent>[]): Promise<Sent> {
    const [option_id = ''] = choice;
    const chosen: Choice = isSingle && choice.length === 1 ? { option_id } : { option_ids: choice };
    if (this.#isLive) {
      const bySocket = this.#live.voteLive(pollId, voter, chosen);
      try {
        const sent = await within(bySocket, SOCKET_WITHIN_MS);
        if (sent) return sent;
      } catch (error) {
        if ((error as ApiError).code !== 'connection_lost') throw error;
      }
      earlier.push(bySocket);
    }
    return this.#polls.vote(pollId, voter, chosen);
  }

  /** Undefined if the server no longer knows the receipt; what is known of the vote stays. */
  async #lookUp(receipt: string): Promise<Outcome | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      await pause(attempt === 0 ? [0] : LOOK_UP_MS, attempt - 1);
      try {
        const vote = await this.#polls.getVote(receipt);
        if (vote.status !== 'accepted') return vote;
      } catch (error) {
        // Anything else says nothing about the vote, such as an error of a proxy.
        if ((error as ApiError).code === 'receipt_not_found') return undefined;
      }
    }
  }
}
