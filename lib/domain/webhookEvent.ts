import type { Poll } from './poll.ts';

/** What the receiver at a poll's `webhook_url` is told once its results are final. */
export interface PollClosedEvent {
  type: 'poll.closed';
  /** When they became so. */
  timestamp: string;
  data: Poll;
}

/** One of the tries to tell an event. */
export interface WebhookAttempt {
  pollId: string;
  /** Of the poll's state, with which its results became final: another one after each reopening. */
  version: number;
  /** How often the event was sent before. */
  tries: number;
}

/** The same in each try of an event, so that receivers can tell a repetition. No full stop may be in it, for that
 * is what parts it from the time in what is signed. */
export function eventId({ pollId, version }: WebhookAttempt): string {
  return `msg_${pollId}_${version}`;
}

const MINUTE_MS = 60_000;

/** What Standard Webhooks recommends, but for its five seconds: the schedule comes by every minute. Whoever is away
 * for a weekend hears of it all the same. */
const PAUSES_MINUTES = [1, 5, 30, 2 * 60, 5 * 60, 10 * 60, 14 * 60, 20 * 60, 24 * 60];

/** Receivers that failed together are not all asked again together. */
const JITTER = 0.2;

/** When to send again what was not taken, in milliseconds since 1970; null when it is given up.
 * @param tries made so far, at least one
 * @param random from 0 up to 1 */
export function nextAttemptAt(tries: number, now: number, random: number): number | null {
  const minutes = PAUSES_MINUTES[tries - 1];
  return minutes === undefined ? null : now + minutes * MINUTE_MS * (1 + JITTER * random);
}
