import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { LiveClient, LiveState } from '../../../lib/client/live.ts';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { MadePoll } from '../../support/http/api.ts';
import type { Random } from '../random.ts';
import { now } from './now.ts';
import type { Habit, Try, Voter } from './voter.ts';
import { voteByHttp, voteLive } from './ways.ts';

const VOTERS_PER_SECOND = 100;
/** The maximum number of concurrent voters; after an outage, they catch up as fast as they get answers. */
const QUEUES = 20;
const CONNECTIONS = 2 * QUEUES; // A double click takes two.
const RETRY_AFTER_MS = 100;
const PERCENT_DOUBLE = 3;
const PERCENT_CHANGE = 15;
const PERCENT_LIVE = 30;
/** Longer than any outage: an answer that takes longer will never come. */
const ANSWER_LIMIT_MS = 60_000;

export interface CrowdOptions {
  httpUrl: string;
  lives: LiveClient[];
  polls: MadePoll[];
  random: Random;
  /** Before each voter's id, so that no round has the voters of another. */
  name: string;
}

/** Voters who come to several polls at a steady pace. Without an answer, or with 503, a voter tries again until
 * the vote is accepted, or refused because the poll has ended. */
export class Crowd {
  readonly voters: Voter[] = [];
  /** In the order of their answers. */
  readonly answered: Try[] = [];
  /** Answers that no voter should get. */
  readonly strange: string[] = [];
  readonly #options: CrowdOptions;
  readonly #pool: Pool;
  readonly #states = new Map<LiveClient, LiveState>();
  #queues: Promise<void>[] = [];
  #isOver = false;
  #isGivenUp = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    const limits = { headersTimeout: ANSWER_LIMIT_MS, bodyTimeout: ANSWER_LIMIT_MS };
    this.#pool = new Pool(options.httpUrl, { connections: CONNECTIONS, ...limits });
    for (const live of options.lives) live.onState((state) => this.#states.set(live, state));
  }

  start(): void {
    const startedAt = performance.now();
    const comesAt = () => startedAt + (this.voters.length * 1_000) / VOTERS_PER_SECOND;
    this.#queues = Array.from({ length: QUEUES }, async () => {
      while (!this.#isOver) {
        const early = comesAt() - performance.now();
        if (early > 0) await delay(early);
        else await this.#vote(this.#nextVoter());
      }
    });
  }

  get accepted(): Try[] {
    return this.answered.filter(({ answer }) => answer === 'accepted');
  }

  /** Adds no more voters, and waits until all have an answer.
   * @throws Error if a voter has none within the limit */
  async finish(limitMs: number): Promise<void> {
    this.#isOver = true;
    let isDone = false;
    void Promise.all(this.#queues).then(() => {
      isDone = true;
    });
    await until(async () => {
      if (!isDone) throw new Error('Some voters still have no answer that ends their trying.');
    }, limitMs);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#isGivenUp = true;
    await this.#pool.destroy();
  }

  #nextVoter(): Voter {
    const { random, polls, name } = this.#options;
    const poll = random.pick(polls);
    const draw = random.whole(1, 100);
    const isDouble = draw <= PERCENT_DOUBLE;
    const habit: Habit = isDouble ? 'double' : draw <= PERCENT_DOUBLE + PERCENT_CHANGE ? 'mind' : 'once';
    const voter: Voter = {
      userId: `${name} ${this.voters.length}`,
      poll,
      habit,
      by: random.percent(PERCENT_LIVE) ? 'websocket' : 'http',
      wishes: Array.from({ length: habit === 'mind' ? 2 : 1 }, (_, at) => this.#wish(poll, at)),
      tries: [],
    };
    this.voters.push(voter);
    return voter;
  }

  /** Where votes may change, a second wish may be to withdraw. */
  #wish({ options, max_choices, allow_change }: MadePoll, at: number): number {
    const { random } = this.#options;
    const least = allow_change && at > 0 ? 0 : 1;
    const positions = random.some([...options.keys()], random.whole(least, max_choices));
    return positions.reduce((choices, position) => choices | (1 << position), 0);
  }

  async #vote(voter: Voter): Promise<void> {
    for (const wish of voter.wishes) {
      if (voter.habit === 'double') await Promise.all([this.#insist(voter, wish), this.#insist(voter, wish)]);
      else await this.#insist(voter, wish);
    }
  }

  async #insist(voter: Voter, choices: number): Promise<void> {
    while (!this.#isGivenUp) {
      const made: Try = { choices, sentAt: now(), answeredAt: Number.POSITIVE_INFINITY, answer: 'unknown' };
      voter.tries.push(made);
      await this.#try(voter, made);
      if (made.answer !== 'unknown') return;
      await delay(RETRY_AFTER_MS);
    }
  }

  async #try(voter: Voter, made: Try): Promise<void> {
    const live = voter.by === 'websocket' ? this.#options.random.pick(this.#options.lives) : undefined;
    const { choices } = made;
    if (live && this.#states.get(live) !== 'live') made.isUnsent = true;
    const got = live ? await voteLive(live, voter, choices) : await voteByHttp(this.#pool, voter, choices);
    made.answeredAt = now();
    made.answer = got.answer;
    if (got.answer === 'accepted') made.receipt = got.receipt;
    if (got.answer === 'strange') this.strange.push(got.said);
    this.answered.push(made);
  }
}
