import { until } from '../../lib/concurrency/deadline.ts';
import { read } from './checks/read.ts';
import type { Crowd } from './load/crowd.ts';
import { now } from './load/now.ts';
import type { Try } from './load/voter.ts';

/** For this time, no voter may have been turned away before accepting counts as recovered. */
const CALM_MS = 500;
/** They reach nearly every partition of the log. */
const VOTES_AFTER = 40;
const MS_PER_SECOND = 1_000;

export async function untilAccepted(crowd: Crowd, votes: number, limitMs: number): Promise<void> {
  await until(async () => {
    const { length } = crowd.accepted;
    if (length < votes) throw new Error(`Only ${length} votes have been accepted.`);
  }, limitMs);
}

const acceptedSince = (crowd: Pick<Crowd, 'accepted'>, since: number): Try[] =>
  crowd.accepted.filter(({ sentAt }) => sentAt >= since);

/** @returns seconds from a moment until votes are accepted and no later one is turned away
 * @throws Error when that takes longer */
export async function acceptingAgain(
  crowd: Pick<Crowd, 'accepted' | 'answered'>,
  since: number,
  limitMs: number,
): Promise<number> {
  const again = await until(async () => {
    const tries = acceptedSince(crowd, since);
    const isTurnedAway = ({ answer, sentAt, isUnsent }: Try) =>
      answer === 'unknown' && sentAt >= since && !isUnsent;
    const lastFailed = crowd.answered.findLast(isTurnedAway)?.answeredAt ?? since;
    if (tries.length < VOTES_AFTER)
      throw new Error(`Since the fault only ${tries.length} votes are accepted.`);
    if (now() - lastFailed < CALM_MS) throw new Error('Since the fault voters are still turned away.');
    return Math.max(tries[0]?.answeredAt ?? since, lastFailed);
  }, limitMs);
  return (again - since) / MS_PER_SECOND;
}

/** @returns seconds from a moment until votes that were sent after it are counted
 * @throws Error when that takes longer */
async function countingAgain(crowd: Crowd, httpUrl: string, since: number, limitMs: number): Promise<number> {
  const deadline = now() + limitMs;
  for (let at = 0; at < VOTES_AFTER; at += 1) {
    await until(async () => {
      const receipt = acceptedSince(crowd, since)[at]?.receipt;
      if (!receipt) throw new Error(`Since the fault only ${at} votes are accepted.`);
      const { status } = await read<{ status: string }>(httpUrl, `/votes/${receipt}`);
      if (status === 'accepted') throw new Error('Since the fault no votes are counted.');
    }, deadline - now());
  }
  return (now() - since) / MS_PER_SECOND;
}

/** Seconds. */
export interface Times {
  accepting: number;
  counting: number;
}

/** @returns how long it takes from a moment until votes are accepted, and until they are counted
 * @throws Error when that takes longer */
export async function timesAgain(
  crowd: Crowd,
  httpUrl: string,
  since: number,
  limitMs: number,
): Promise<Times> {
  const [accepting, counting] = await Promise.all([
    acceptingAgain(crowd, since, limitMs),
    countingAgain(crowd, httpUrl, since, limitMs),
  ]);
  return { accepting, counting };
}

/** Measures again and again until some work is done.
 * @returns the longest times
 * @throws Error of a measurement or of the work */
export async function longestTimes(measure: () => Promise<Times>, work: Promise<unknown>): Promise<Times> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const measureAll = async () => {
    let longest: Times = { accepting: 0, counting: 0 };
    while (!isDone) {
      const { accepting, counting } = await measure();
      longest = {
        accepting: Math.max(longest.accepting, accepting),
        counting: Math.max(longest.counting, counting),
      };
    }
    return longest;
  };
  const [times] = await Promise.all([measureAll(), done]);
  return times;
}
