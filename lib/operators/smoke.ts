import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../client/index.ts';
import type { LiveClient } from '../client/live.ts';
import type { PollState } from '../client/pollState.ts';
import { monotonicMs } from '../clock.ts';
import type { CreatedPoll } from '../contract/messageTypes.ts';

/** A step of the run, with the time it took. */
export interface Step {
  name: string;
  ms: number;
  /** Why it failed; undefined if it did not. */
  error?: unknown;
}

/** The limit of each step: a cold start, a new connection and a vote's way together take seconds. */
const STEP_MS = 30_000;
/** If the poll cannot be deleted, it closes by itself after this time. It is in no list. */
const OPEN_SECONDS = 300;
/** How long the API may take to count a vote before the answer says only that it is accepted. */
const WAIT_SECONDS = 10;

export interface SmokeOptions {
  /** Makes steps fail after this time. */
  stepMs?: number;
  /** A creation key, where creating polls needs one. */
  creationKey?: string | undefined;
  onStep(step: Step): void;
}

/** Creates a poll, watches it, votes and closes it, as voters and viewers do, and deletes it, even after a failure.
 * The first failed step ends the run.
 * @returns whether all steps succeeded */
export async function walkThrough(client: Client, options: SmokeOptions): Promise<boolean> {
  const { stepMs = STEP_MS, creationKey, onStep } = options;
  let isSound = true;

  async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = monotonicMs();
    const timer = new AbortController();
    const late = delay(stepMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`The step did not finish within ${stepMs / 1_000} s.`);
    });
    late.catch(() => {}); // aborted
    try {
      const result = await Promise.race([work(), late]);
      onStep({ name, ms: monotonicMs() - began });
      return result;
    } catch (error) {
      isSound = false;
      onStep({ name, ms: monotonicMs() - began, error });
      throw error;
    } finally {
      timer.abort();
    }
  }

  const asked = {
    question: 'Does it work?',
    options: ['Yes', 'No'],
    expires_in: OPEN_SECONDS,
    listed: false,
  };
  const key = randomUUID();
  const create = () => client.createPoll(asked, key, { token: creationKey });
  let poll: CreatedPoll | undefined;
  let live: LiveClient | undefined;
  try {
    poll = await step('create a poll', create);
    live = client.live();
    await walk(client, live, poll, step);
  } catch {
    // The step has reported it.
  } finally {
    live?.close();
    // A request without an answer may have made the poll; repeated with its key, it makes no second one.
    const made = poll ?? (await create().catch(() => undefined));
    if (made) {
      await step('delete the poll', () => client.deletePoll(made.id, made.admin_token)).catch(() => {});
    }
  }
  return isSound;
}

type RunStep = <T>(name: string, work: () => Promise<T>) => Promise<T>;

async function walk(client: Client, live: LiveClient, poll: CreatedPoll, step: RunStep): Promise<void> {
  const [yes = '', no = ''] = poll.options.map(({ option_id }) => option_id);
  const seen = watch(live, poll.id);
  await step('connect and subscribe', async () => {
    await isLive(live);
    await seen.until(() => true);
  });
  await step('vote by HTTP, counted', async () => {
    const { status } = await client.vote(poll.id, randomUUID(), { option_id: yes }, WAIT_SECONDS);
    if (status !== 'counted') throw new Error(`The vote was not counted within ${WAIT_SECONDS} s.`);
  });
  await step('see the update', () => seen.until(({ total_votes }) => total_votes === 1));
  const vote = await step('vote by WebSocket, accepted', () =>
    live.voteLive(poll.id, randomUUID(), { option_id: no }),
  );
  await step('receive the outcome', async () => {
    const { status } = await vote.settled;
    if (status !== 'counted') throw new Error(`The vote was ${status}.`);
  });
  await step('see both votes', () => seen.until(({ total_votes }) => total_votes === 2));
  await step('close the poll', async () => {
    await client.updatePoll(poll.id, poll.admin_token, { closed: true });
    await seen.until(({ status }) => status !== 'open');
  });
}

/** The client reads polls by HTTP if no WebSocket opens, which here is a failure. */
async function isLive(live: LiveClient): Promise<void> {
  await live.ready();
  let state = '';
  live.onState((now) => {
    state = now;
  })();
  if (state !== 'live') throw new Error('No WebSocket opened.');
}

interface Seen {
  /** Resolves as soon as the condition holds for the poll that was last shown. */
  until(isSo: (poll: PollState['poll']) => boolean): Promise<void>;
}

function watch(live: LiveClient, pollId: string): Seen {
  let last: PollState['poll'] | undefined;
  const waiting = new Set<() => void>();
  live.watchPoll(pollId, ({ poll }) => {
    last = poll;
    for (const check of waiting) check();
  });
  return {
    until: (isSo) =>
      new Promise((resolve) => {
        const check = () => {
          if (!last || !isSo(last)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
