import type { Poll } from './poll.ts';

/** Sent to a poll's `webhook_url` once its results are final. */
export interface PollClosedEvent {
  type: 'poll.closed';
  timestamp: string;
  data: Poll;
}

/** Sent to a poll's `webhook_url` at least a day before an old poll is deleted. */
export interface PollExpiringEvent {
  type: 'poll.expiring';
  timestamp: string;
  /** The poll is deleted then or later. */
  deletes_at: string;
  data: Poll;
}

export type WebhookEvent = PollClosedEvent | PollExpiringEvent;

/** When the poll's results became final and, if it is about to be deleted, when its owner was warned and when it may
 * be deleted. */
export interface EventTimes {
  finalizedAt: Date;
  warnedAt: Date | null;
  expiresAt: Date | null;
}

/** The webhook payload of a poll in this state. */
export function eventOf({ finalizedAt, warnedAt, expiresAt }: EventTimes, data: Poll): WebhookEvent {
  if (!warnedAt || !expiresAt) return { type: 'poll.closed', timestamp: finalizedAt.toISOString(), data };
  const deletes_at = expiresAt.toISOString();
  return { type: 'poll.expiring', timestamp: warnedAt.toISOString(), deletes_at, data };
}

export interface WebhookAttempt {
  pollId: string;
  /** The poll's version when its results became final; differs after each reopening. */
  version: number;
  tries: number;
}

/** The same in each attempt, so that receivers can deduplicate. It must not contain a full stop, which
 * separates it from the timestamp in the signed text. */
export function eventId(
  { pollId, version }: WebhookAttempt,
  type: WebhookEvent['type'] = 'poll.closed',
): string {
  return `msg_${pollId}_${version}${type === 'poll.expiring' ? '_expiring' : ''}`;
}

const MINUTE_MS = 60_000;

/** Standard Webhooks' recommendation, without its retry after 5 s: the schedule runs every minute. */
const PAUSES_MINUTES = [1, 5, 30, 2 * 60, 5 * 60, 10 * 60, 14 * 60, 20 * 60, 24 * 60];

/** Spreads the retries of receivers that failed together. */
const JITTER = 0.2;

/** When to retry, in milliseconds since 1970; null to give up.
 * @param tries at least one
 * @param random from 0 to 1 */
export function nextAttemptAt(tries: number, now: number, random: number): number | null {
  const minutes = PAUSES_MINUTES[tries - 1];
  return minutes === undefined ? null : now + minutes * MINUTE_MS * (1 + JITTER * random);
}
