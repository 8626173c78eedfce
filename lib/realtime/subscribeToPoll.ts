import { deadlineIn } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import { MAX_SUBSCRIPTIONS } from '../contract/limits.ts';
import type { PollInit } from '../contract/messageTypes.ts';
import { visiblePoll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { insertSubscription, type Subscription } from '../sql/subscriptions.ts';
import { saveFirstSentPoll } from '../sql/watchedPolls.ts';
import { pollInit } from './pollMessages.ts';
import { readPollSnapshots } from './pollSnapshots.ts';

/** Subscribes a connection to a poll.
 * @returns the first message for the connection
 * @throws {RefusedError} `poll_not_found`, `too_many_subscriptions` */
export async function subscribeToPoll(database: Database, subscription: Subscription): Promise<PollInit> {
  const { pollId, hasVoted } = subscription;
  // Subscribes before it reads: earlier changes are read, later ones are posted.
  const result = await database.run((sql) => insertSubscription(sql, subscription));
  if (result.outcome === 'too_many') {
    const detail = `A connection can watch at most ${MAX_SUBSCRIPTIONS} polls. Unsubscribe from one first.`;
    throw new RefusedError('too_many_subscriptions', detail);
  }
  const [viewed] = await database.run((sql) => readPollSnapshots(sql, [pollId]));
  if (result.outcome === 'poll_not_found' || !viewed) throw new RefusedError('poll_not_found');
  const { poll, present } = viewed;
  await database.run((sql) => saveFirstSentPoll(sql, result.shard, present));
  return pollInit(visiblePoll(poll, hasVoted), present.viewers);
}

/** The longest that a subscriber waits for this announcement. */
const TIMEOUT_MS = 1_000;

/** Asks the shards to check the viewer counts of these polls. Without Kafka, the next vote or the sweep
 * (within a minute) announces them. */
export async function announceViewerCount(
  announce: (pollIds: string[]) => Promise<void>,
  pollIds: string[],
): Promise<void> {
  if (pollIds.length === 0) return;
  const announced = () => withDeadline(announce(pollIds), deadlineIn(TIMEOUT_MS), 'Kafka');
  await outages.watch('Announcing viewer counts', announced).catch(() => {});
}
