import { wallClockMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { SigningKeys } from '../config.ts';
import { type Poll, visiblePoll } from '../domain/poll.ts';
import { eventId, nextAttemptAt, type PollClosedEvent, type WebhookAttempt } from '../domain/webhookEvent.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { webhookRecord } from '../kafka/webhookRecord.ts';
import { log } from '../log.ts';
import { meter } from '../metrics.ts';
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

export interface DeliveryDeps {
  sql: Sql;
  post: PostWebhook;
  keys: SigningKeys;
}

const GONE = 410;

/** Makes the attempts concurrently and records their outcomes and the next due times. An interrupted call
 * repeats unrecorded attempts; receivers detect duplicates by `webhook-id`.
 * @param tries in any number and order; obsolete ones are skipped */
export async function makeAttempts(
  { sql, post, keys }: DeliveryDeps,
  tries: WebhookAttempt[],
): Promise<void> {
  // The poll is read first: if the event is wanted afterwards, it belongs to the state that was read.
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
    // The owner chose the receiver, so it sees final results like a voter does.
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
  return { pollId, version, tries, nextAt: nextDueTime(wanted, await post(url, headers, body)) };
}

/** Null after a success, after 410, and when retries are exhausted. */
function nextDueTime({ pollId, tries }: WantedAttempt, posted: Posted): number | null {
  if ('status' in posted && posted.status >= 200 && posted.status < 300) return null;
  const isGone = 'status' in posted && posted.status === GONE;
  const nextAt = isGone ? null : nextAttemptAt(tries + 1, wallClockMs(), Math.random());
  // A receiver that answers 410 wants no more.
  if (nextAt === null && !isGone) meter().count('WebhooksGivenUp');
  const until = nextAt === null ? null : new Date(nextAt).toISOString();
  // The URL is not logged: it may contain the receiver's secret.
  log.warn('Webhook attempt failed.', {
    poll_id: pollId,
    tries: tries + 1,
    ...posted,
    next_attempt_at: until,
  });
  return nextAt;
}

/** About 150 KB; a Kafka request takes 1 MB. */
const BATCH = 1_000;

/** Queues due attempts, oldest first. Attempts that were taken but not produced become due again later.
 * @param deadline of the monotonic clock; the next call continues
 * @throws {UnavailableError} when Kafka does not acknowledge */
export async function sendDueAttempts(sql: AnySql, producer: Producer, deadline: number): Promise<void> {
  const sendPage = async () => {
    const due = await takeDueAttempts(sql, wallClockMs(), BATCH);
    if (due.length > 0) await producer.produce(topics.webhooks, due.map(webhookRecord));
    return due.length;
  };
  await pageByPage(sendPage, BATCH, deadline);
}
