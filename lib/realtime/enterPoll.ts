import type { PollInit } from '../client/messages.ts';
import { MAX_SUBSCRIPTIONS } from '../contract/limits.ts';
import { visiblePoll } from '../domain/visiblePoll.ts';
import { RefusedError } from '../errors.ts';
import { askPostgres } from '../sql/database.ts';
import { insertSubscription, type Subscription } from '../sql/insertSubscription.ts';
import { saveFirstSentPoll } from '../sql/saveSentPolls.ts';
import { pollInit } from './pollMessages.ts';
import { readPresentPolls } from './presentPolls.ts';

/** Has a connection watch a poll.
 * @returns what it is to see first
 * @throws {RefusedError} `poll_not_found`, `too_many_subscriptions` */
export async function enterPoll(subscription: Subscription): Promise<PollInit> {
  const { pollId, hasVoted } = subscription;
  // Subscribed before the poll is read: what changes from then on is posted, and what changed before is read.
  const result = await askPostgres((sql) => insertSubscription(sql, subscription));
  if (result.outcome === 'too_many') {
    const detail = `A connection watches at most ${MAX_SUBSCRIPTIONS} polls. Unsubscribe from one first.`;
    throw new RefusedError('too_many_subscriptions', detail);
  }
  const [viewed] = await askPostgres((sql) => readPresentPolls(sql, [pollId]));
  if (result.outcome === 'poll_not_found' || !viewed) throw new RefusedError('poll_not_found');
  const { poll, present } = viewed;
  await askPostgres((sql) => saveFirstSentPoll(sql, result.shard, present));
  return pollInit(visiblePoll(poll, hasVoted), present.viewers);
}
