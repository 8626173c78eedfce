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

/** Has a connection watch a poll.
 * @returns what it is to see first
 * @throws {RefusedError} `poll_not_found`, `too_many_subscriptions` */
export async function subscribeToPoll(database: Database, subscription: Subscription): Promise<PollInit> {
  const { pollId, hasVoted } = subscription;
  // Subscribed before the poll is read: what changes from then on is posted, and what changed before is read.
  const result = await database.run((sql) => insertSubscription(sql, subscription));
  if (result.outcome === 'too_many') {
    const detail = `A connection watches at most ${MAX_SUBSCRIPTIONS} polls. Unsubscribe from one first.`;
    throw new RefusedError('too_many_subscriptions', detail);
  }
  const [viewed] = await database.run((sql) => readPollSnapshots(sql, [pollId]));
  if (result.outcome === 'poll_not_found' || !viewed) throw new RefusedError('poll_not_found');
  const { poll, present } = viewed;
  await database.run((sql) => saveFirstSentPoll(sql, result.shard, present));
  return pollInit(visiblePoll(poll, hasVoted), present.viewers);
}

/** Nobody who comes or leaves waits longer than this for the others to hear of it. */
const PATIENCE_MS = 1_000;

/** Has the shards look at how many watch these polls. Without Kafka the others hear of it with the next vote, or
 * from the sweep within a minute. */
export async function announceViewerCount(
  announce: (pollIds: string[]) => Promise<void>,
  pollIds: string[],
): Promise<void> {
  if (pollIds.length === 0) return;
  const announced = () => withDeadline(announce(pollIds), deadlineIn(PATIENCE_MS), 'Kafka');
  await outages.watch('Announcing numbers of viewers', announced).catch(() => {});
}
