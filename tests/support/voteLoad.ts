import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { until } from '../../lib/offline/until.ts';
import { type Accepted, type MadePoll, optionOf } from './api.ts';

/** A vote that was accepted. */
export interface AcceptedVote {
  position: number;
  receipt: string;
  /** The first try was the one that was accepted: no other can have landed. */
  isOnlyTry: boolean;
}

export interface Voter {
  userId: string;
  poll: MadePoll;
  habit: Habit;
  /** The option that this voter votes for first. */
  favourite: number;
  /** In the order in which they were sent, but for those of a double click. */
  votes: AcceptedVote[];
}

/** Once; once more for another option, after the first was accepted; or twice at the same moment. */
export type Habit = 'once' | 'changes mind' | 'double-clicks';

const HABITS: Habit[] = ['once', 'once', 'changes mind', 'once', 'once', 'double-clicks', 'once'];
const VOTERS_PER_SECOND = 600;
/** So many vote at the same time at most; after an outage, they catch up as fast as they are answered. */
const QUEUES = 20;
const CONNECTIONS = 2 * QUEUES; // A double click takes two.
const RETRY_AFTER_MS = 100;
const LIMIT_MS = 60_000;

/** Voters who come to several polls in turn, at a steady pace. Who is not answered, or answered 503, tries
 * again until the vote is accepted. */
export class VoteLoad {
  /** All who have come so far. */
  readonly voters: Voter[] = [];
  /** Answered 202. */
  accepted = 0;
  /** Answered 503. */
  refused = 0;
  /** Not answered at all. */
  unanswered = 0;
  /** Answers that nobody should get. */
  readonly strange: string[] = [];
  readonly #polls: MadePoll[];
  readonly #pool: Pool;
  #queues: Promise<void>[] = [];
  #isOver = false;

  constructor(url: string, polls: MadePoll[]) {
    this.#polls = polls;
    this.#pool = new Pool(url, { connections: CONNECTIONS });
  }

  start(): void {
    const startedAt = performance.now();
    const before = this.voters.length;
    const comesAt = () => startedAt + ((this.voters.length - before) * 1_000) / VOTERS_PER_SECOND;
    this.#isOver = false;
    this.#queues = Array.from({ length: QUEUES }, async () => {
      while (!this.#isOver) {
        const early = comesAt() - performance.now();
        if (early > 0) await delay(early);
        else await this.#vote(this.#nextVoter());
      }
    });
  }

  /** Waits until so many more are accepted than now. */
  async acceptedMore(votes: number): Promise<void> {
    const goal = this.accepted + votes;
    await this.#reach(() => this.accepted >= goal, `${goal} accepted`);
  }

  /** Waits until voters notice that something is away. */
  async refusedMore(votes: number): Promise<void> {
    const goal = this.refused + this.unanswered + votes;
    await this.#reach(() => this.refused + this.unanswered >= goal, `${goal} refused`);
  }

  /** Lets nobody else come, and waits until everybody who has come is accepted. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#queues);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#pool.destroy();
  }

  #reach(isReached: () => boolean, goal: string): Promise<void> {
    return until(async () => {
      if (!isReached())
        throw new Error(`${this.accepted} accepted, ${this.refused} refused; not yet ${goal}`);
    }, LIMIT_MS);
  }

  #nextVoter(): Voter {
    const number = this.voters.length;
    const poll = this.#polls[number % this.#polls.length];
    const habit = HABITS[number % HABITS.length];
    if (!poll || !habit) throw new Error('There is no poll to vote in.');
    const voter: Voter = { userId: `voter ${number}`, poll, habit, favourite: number % 2, votes: [] };
    this.voters.push(voter);
    return voter;
  }

  async #vote(voter: Voter): Promise<void> {
    const { habit, favourite } = voter;
    if (habit === 'double-clicks') {
      await Promise.all([this.#insist(voter, favourite), this.#insist(voter, favourite)]);
    } else {
      await this.#insist(voter, favourite);
    }
    if (habit === 'changes mind') await this.#insist(voter, 1 - favourite);
  }

  async #insist(voter: Voter, position: number): Promise<void> {
    for (let tries = 1; !this.#pool.destroyed; tries += 1) {
      const receipt = await this.#tryOnce(voter, position);
      if (receipt !== undefined) {
        this.accepted += 1;
        voter.votes.push({ position, receipt, isOnlyTry: tries === 1 });
        return;
      }
      await delay(RETRY_AFTER_MS);
    }
  }

  async #tryOnce({ userId, poll }: Voter, position: number): Promise<string | undefined> {
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: 'POST',
        path: `/polls/${poll.id}/vote`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_id: userId, option_id: optionOf(poll, position) }),
      });
      const text = await body.text();
      if (statusCode === 202) return (JSON.parse(text) as Accepted).receipt;
      const isOurs = headers['content-type'] === 'application/problem+json' && headers['retry-after'];
      if (statusCode === 503 && isOurs) this.refused += 1;
      else this.strange.push(`${statusCode} ${text}`);
    } catch {
      this.unanswered += 1;
    }
    return undefined;
  }
}
