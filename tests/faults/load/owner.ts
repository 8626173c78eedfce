import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { MadePoll } from '../../support/http/api.ts';
import type { Certainty } from '../checks/certainty.ts';
import type { Random } from '../random.ts';
import { now } from './now.ts';

const PAUSE_MS: [number, number] = [200, 1_500];
const RETRY_AFTER_MS = 200;
const OPEN_SECONDS = 3_600;
const ANSWER_LIMIT_MS = 60_000;

interface Changed {
  /** Of the first try: an answer that got lost may have been a success. */
  sentAt: number;
  answeredAt: number;
  closed_at: string | null;
}

/** The owners of polls. They record when each poll certainly took votes and when it certainly did not. */
export class Owner {
  readonly #certainties = new Map<string, Certainty[]>();
  /** Answers that no owner should get. */
  readonly strange: string[] = [];
  readonly #pool: Pool;
  #isOver = false;
  #isAtWork = false;

  constructor(httpUrl: string) {
    const limits = { headersTimeout: ANSWER_LIMIT_MS, bodyTimeout: ANSWER_LIMIT_MS };
    this.#pool = new Pool(httpUrl, { connections: 4, ...limits });
  }

  /** Tries again while the system refuses, as after the fault of a round before.
   * @throws Error when that takes longer */
  async make(limitMs: number, change: Record<string, unknown> = {}): Promise<MadePoll> {
    const made = await until(() => this.#post(change), limitMs);
    const end = Date.parse(made.expired_at);
    this.#certainties.set(made.id, [
      { from: Number.NEGATIVE_INFINITY, to: end, isOpen: true },
      ...('expires_in' in change ? [{ from: end, to: Number.POSITIVE_INFINITY, isOpen: false }] : []),
    ]);
    return made;
  }

  /** Closes and reopens a poll, again and again. */
  keepChanging(poll: MadePoll, random: Random): void {
    this.#isAtWork = true;
    void (async () => {
      while (!this.#isOver) {
        await delay(random.whole(...PAUSE_MS));
        await this.close(poll);
        await delay(random.whole(...PAUSE_MS));
        await this.#reopen(poll);
      }
      this.#isAtWork = false;
    })();
  }

  /** Ends what `keepChanging` does; the poll is open then.
   * @throws Error when its last change is not answered within the limit */
  async rest(limitMs: number): Promise<void> {
    this.#isOver = true;
    await until(async () => {
      if (this.#isAtWork) throw new Error('An owner has no answer to a change.');
    }, limitMs);
  }

  /** Does nothing where the poll ends by itself. */
  async close(poll: MadePoll): Promise<void> {
    if (!this.certaintiesOf(poll).at(-1)?.isOpen) return;
    const { sentAt, answeredAt, closed_at } = await this.#change(poll, () => ({ closed: true }));
    this.#passTo(poll, false, sentAt, Math.max(answeredAt, Date.parse(closed_at ?? '')));
  }

  certaintiesOf({ id }: MadePoll): Certainty[] {
    return this.#certainties.get(id) ?? [];
  }

  async destroy(): Promise<void> {
    this.#isOver = true;
    await this.#pool.destroy();
  }

  async #reopen(poll: MadePoll): Promise<void> {
    const end = () => ({ expired_at: new Date(now() + OPEN_SECONDS * 1_000).toISOString() });
    const { sentAt, answeredAt } = await this.#change(poll, end);
    this.#passTo(poll, true, sentAt, answeredAt);
  }

  async #post(change: Record<string, unknown>): Promise<MadePoll> {
    const poll = {
      question: 'What now?',
      options: ['Red', 'Green', 'Blue'],
      expires_in: OPEN_SECONDS,
      ...change,
    };
    const { expires_in, ...rest } = poll;
    const expired_at = new Date(now() + expires_in * 1_000).toISOString();
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: '/polls',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...rest, expired_at }),
    });
    const text = await body.text();
    if (statusCode !== 201) throw new Error(`POST /polls is answered ${statusCode} ${text}`);
    return JSON.parse(text);
  }

  /** Between both moments, an outside observer cannot know. */
  #passTo(poll: MadePoll, isOpen: boolean, sentAt: number, answeredAt: number): void {
    const certainties = this.certaintiesOf(poll);
    const last = certainties.at(-1);
    if (last) last.to = sentAt;
    certainties.push({ from: answeredAt, to: Number.POSITIVE_INFINITY, isOpen });
  }

  async #change(poll: MadePoll, changes: () => object): Promise<Changed> {
    const sentAt = now();
    while (!this.#pool.destroyed) {
      const answer = await this.#patch(poll, changes());
      if (answer?.status === 200) {
        return { sentAt, answeredAt: now(), closed_at: JSON.parse(answer.text).closed_at };
      }
      if (answer && answer.status !== 503) this.strange.push(`PATCH: ${answer.status} ${answer.text}`);
      await delay(RETRY_AFTER_MS);
    }
    return { sentAt, answeredAt: Number.POSITIVE_INFINITY, closed_at: null };
  }

  async #patch(poll: MadePoll, changes: object): Promise<{ status: number; text: string } | undefined> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'PATCH',
        path: `/polls/${poll.id}`,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${poll.admin_token}` },
        body: JSON.stringify(changes),
      });
      return { status: statusCode, text: await body.text() };
    } catch {
      return undefined;
    }
  }
}
