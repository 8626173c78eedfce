import { wallClockMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { SigningKeys } from '../config.ts';
import { type Poll, visiblePoll } from '../domain/poll.ts';
import { eventId, nextAttemptAt, type PollClosedEvent, type WebhookAttempt } from '../domain/webhookEvent.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { webhookRecord } from '../kafka/webhookRecord.ts';
import { log } from '../log.ts';
import type { AnySql, Sql } from '../sql/client.ts';
import { findPolls } from '../sql/findPoll.ts';
import {
  findWantedAttempts,
  type MadeAttempt,
  recordAttempts,
  takeDueAttempts,
  type WantedAttempt,
} from '../sql/webhookAttempts.ts';
import { type Posted, type PostWebhook, signWebhook } from './postWebhook.ts';

/** What deliveries are made with. */
export interface DeliveryDeps {
  sql: Sql;
  post: PostWebhook;
  keys: SigningKeys;
}

const GONE = 410;

/**
 * Sends the events whose turn it is, all at the same time, and notes which were taken and when the others are due
 * again. Whatever cuts this off, what is not noted is made again: receivers know a repetition by its id.
 *
 * @param tries in any number and order; what is not wanted any more is left out
 */
export async function makeAttempts(
  { sql, post, keys }: DeliveryDeps,
  tries: WebhookAttempt[],
): Promise<void> {
  // In this order: an event that is still wanted after the poll was read is of the poll as it was read.
  const found = await findPolls(sql, [...new Set(tries.map(({ pollId }) => pollId))], wallClockMs());
  const polls = new Map(found.map(({ poll }) => [poll.id, poll]));
  const wanted = await findWantedAttempts(sql, tries);
  const made = wanted.flatMap((one) => {
    const poll = polls.get(one.pollId);
    return poll ? [makeAttempt(post, keys, one, poll)] : [];
  });
  await recordAttempts(sql, await Promise.all(made));
}

async function makeAttempt(
  post: PostWebhook,
  keys: SigningKeys,
  wanted: WantedAttempt,
  poll: Poll,
): Promise<MadeAttempt> {
  const event: PollClosedEvent = {
    type: 'poll.closed',
    timestamp: wanted.finalizedAt.toISOString(),
    // Final results, for a receiver that the owner chose: as those see them who have voted.
    data: visiblePoll(poll, true),
  };
  const body = JSON.stringify(event);
  const id = eventId(wanted);
  const timestamp = Math.floor(wallClockMs() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'PoleParty',
    'webhook-id': id,
    'webhook-timestamp': `${timestamp}`,
    'webhook-signature': signWebhook(keys, poll.id, { id, timestamp, body }),
  };
  const { pollId, version, tries, url } = wanted;
  return { pollId, version, tries, nextAt: whatNext(wanted, await post(url, headers, body)) };
}

/** Null where the event was taken, or nobody wants it. */
function whatNext({ pollId, tries }: WantedAttempt, posted: Posted): number | null {
  if ('status' in posted && posted.status >= 200 && posted.status < 300) return null;
  const isGone = 'status' in posted && posted.status === GONE;
  const nextAt = isGone ? null : nextAttemptAt(tries + 1, wallClockMs(), Math.random());
  const until = nextAt === null ? null : new Date(nextAt).toISOString();
  // The URL stays out of the log: it may hold a secret of the receiver's.
  log.warn('A webhook was not taken.', { poll_id: pollId, tries: tries + 1, ...posted, next_try_at: until });
  return nextAt;
}

/** 150 KB in Kafka, which takes 1 MB at once. */
const BATCH = 1_000;

/** Puts the tries that are due on their way, those that wait longest first. Those that are taken and not produced
 * are left to a later call.
 * @param deadline of the monotonic clock; what is left then is for the next call
 * @throws {UnavailableError} when Kafka does not take them */
export async function sendDueAttempts(sql: AnySql, producer: Producer, deadline: number): Promise<void> {
  const sendPage = async () => {
    const due = await takeDueAttempts(sql, wallClockMs(), BATCH);
    if (due.length > 0) await producer.produce(topics.webhooks, due.map(webhookRecord));
    return due.length;
  };
  await pageByPage(sendPage, BATCH, deadline);
}
