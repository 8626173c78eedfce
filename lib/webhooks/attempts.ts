import { until } from '../concurrency/deadline.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { SigningKeys } from '../config.ts';
import { type Poll, visiblePoll } from '../domain/poll.ts';
import { eventId, eventOf, nextAttemptAt, type WebhookAttempt } from '../domain/webhookEvent.ts';
import { UnavailableError } from '../errors.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { webhookRecord } from '../kafka/webhookRecord.ts';
import { log } from '../log.ts';
import { meter } from '../metrics.ts';
import type { AnySql, Sql } from '../sql/client.ts';
import type { Database } from '../sql/database.ts';
import { type Clock, databaseClock, databaseNow } from '../sql/databaseClock.ts';
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
  database: Database;
  post: PostWebhook;
  keys: SigningKeys;
}

const GONE = 410;

/** The time limit for recording outcomes while Postgres is away, after the receivers' 10 s. */
const RECORD_MS = 5_000;

/** About 2 MB. */
const MAX_UNRECORDED = 10_000;

/** Makes attempts concurrently and records their outcomes and the next due times. An attempt whose outcome could not be
 * recorded is recorded, not posted, when it comes again to this process; another process posts it again. Receivers
 * detect duplicates by `webhook-id`.
 * @returns a function of attempts in any number and order, which skips obsolete ones and throws `UnavailableError` */
export function createDelivery(deps: DeliveryDeps): (tries: WebhookAttempt[]) => Promise<void> {
  const { database } = deps;
  const unrecorded = new Map<string, MadeAttempt>();

  return async (tries) => {
    const { clock, wanted } = await database.run(async (sql) => {
      return { clock: await databaseClock(sql), wanted: await readWanted(sql, tries) };
    });
    const makeOnce = async ({ attempt, poll }: Deliverable) => {
      const key = keyOf(attempt);
      const made = unrecorded.get(key) ?? (await makeAttempt(deps, attempt, poll, clock));
      unrecorded.set(key, made);
      return made;
    };
    const made = await Promise.all(wanted.map(makeOnce));
    dropOldest(unrecorded, MAX_UNRECORDED);
    // Separate from the posts, so that a deadlock repeats only the statement.
    await until(() => database.run((sql) => recordAttempts(sql, made)), RECORD_MS, isNotOfPostgres);
    for (const { attempt } of wanted) unrecorded.delete(keyOf(attempt));
  };
}

interface Deliverable {
  attempt: WantedAttempt;
  poll: Poll;
}

async function readWanted(sql: Sql, tries: WebhookAttempt[]): Promise<Deliverable[]> {
  // The poll is read first: if the event is wanted afterwards, it belongs to the state that was read.
  const found = await findPolls(sql, [...new Set(tries.map(({ pollId }) => pollId))]);
  const polls = new Map(found.map(({ poll }) => [poll.id, poll]));
  const wanted = await findWantedAttempts(sql, tries);
  return wanted.flatMap((attempt) => {
    const poll = polls.get(attempt.pollId);
    return poll ? [{ attempt, poll }] : [];
  });
}

const keyOf = ({ pollId, version, tries, warnedAt }: WantedAttempt) =>
  `${pollId} ${version} ${tries} ${warnedAt === null}`;

const isNotOfPostgres = (error: unknown) => !(error instanceof UnavailableError);

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

async function makeAttempt(
  { post, keys }: Pick<DeliveryDeps, 'post' | 'keys'>,
  wanted: WantedAttempt,
  poll: Poll,
  clock: Clock,
): Promise<MadeAttempt> {
  // The owner chose the receiver, so it sees final results like a voter does.
  const event = eventOf(wanted, visiblePoll(poll, true));
  const body = JSON.stringify(event);
  const id = eventId(wanted, event.type);
  const timestamp = Math.floor(clock.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'PoleParty',
    'webhook-id': id,
    'webhook-timestamp': `${timestamp}`,
    'webhook-signature': signWebhook(keys, poll.id, { id, timestamp, body }),
  };
  const { pollId, version, tries, url } = wanted;
  const nextAt = nextDueTime(wanted, await post(url, headers, body), clock);
  return { pollId, version, tries, event: event.type, nextAt };
}

/** Null after a success, after 410, and when retries are exhausted. */
function nextDueTime({ pollId, tries }: WantedAttempt, posted: Posted, clock: Clock): number | null {
  if ('status' in posted && posted.status >= 200 && posted.status < 300) return null;
  const isGone = 'status' in posted && posted.status === GONE;
  const nextAt = isGone ? null : nextAttemptAt(tries + 1, clock.now(), Math.random());
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
    const due = await takeDueAttempts(sql, await databaseNow(sql), BATCH);
    if (due.length > 0) await producer.produce(topics.webhooks, due.map(webhookRecord));
    return due.length;
  };
  await pageByPage(sendPage, BATCH, deadline);
}
