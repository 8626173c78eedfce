import { deadlineIn } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import { MAX_SUBSCRIPTIONS } from '../contract/limits.ts';
import type { PollInit } from '../contract/messageTypes.ts';
import type { FollowPolicy } from '../domain/following.ts';
import { ownersPoll, visiblePoll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { insertSubscription, type Subscription } from '../sql/subscriptions.ts';
import { saveDecidedReceipts, type UndecidedReceipt } from '../sql/undecidedReceipts.ts';
import { saveFirstSentPoll } from '../sql/watchedPolls.ts';
import type { Receipts } from '../tokens/receipt.ts';
import { hasVotedBy } from './decideReceipts.ts';
import { followAt, isPrivateView, pollInit } from './pollMessages.ts';
import { readPollSnapshots } from './pollSnapshots.ts';

/** The owner sees what voters see and, of an election that is not final, the turnout. */
export type SubscriptionRequest = Omit<Subscription, 'hasVoted' | 'seesMore'>;

/** Subscribes a connection to a poll. If the poll has more viewers than posts can reach in time, the answer says
 * where to read it, unless this viewer can see more than others. A receipt opens
 * `after_vote` results, at once or when its vote is counted.
 * @returns the first message for the connection
 * @throws {RefusedError} `poll_not_found`, `too_many_subscriptions` */
export async function subscribeToPoll(
  database: Database,
  receipts: Receipts,
  policy: FollowPolicy,
  { receipt, isOwner = false, ...asked }: SubscriptionRequest,
): Promise<PollInit> {
  const { connectionId, pollId } = asked;
  const shown = receipt === undefined || isOwner ? undefined : { pollId, receipt };
  const hadVoted = shown ? await hasVotedBy(database, receipts, shown) : isOwner;
  const undecided = hadVoted === undefined ? shown : undefined;
  const seesMore = hadVoted !== false;
  const hadCounted = hadVoted ?? false;
  const subscription = { ...asked, hasVoted: hadCounted, receipt: undecided?.receipt, seesMore, isOwner };
  // Subscribes before it reads: earlier changes are read, later ones are posted.
  const result = await database.run((sql) => insertSubscription(sql, subscription));
  if (result.outcome === 'too_many') {
    const detail = `A connection can watch at most ${MAX_SUBSCRIPTIONS} polls. Unsubscribe from one first.`;
    throw new RefusedError('too_many_subscriptions', detail);
  }
  // The vote may have been counted meanwhile, and the round that announced it may have finished.
  const hasVoted = undecided ? await decideAgain(database, receipts, connectionId, undecided) : hadVoted;
  const [viewed] = await database.run((sql) => readPollSnapshots(sql, [pollId], policy));
  if (result.outcome === 'poll_not_found' || !viewed) throw new RefusedError('poll_not_found');
  const { poll, present } = viewed;
  const isFollowed =
    result.outcome === 'following' ||
    (await database.run((sql) => saveFirstSentPoll(sql, result.shard, present)));
  const isRead = isFollowed && !isPrivateView(poll, hasVoted !== false);
  const follow = isRead && policy.followUrl !== undefined ? followAt(policy.followUrl, pollId) : undefined;
  const seen = isOwner ? ownersPoll(poll) : visiblePoll(poll, hasVoted === true);
  return pollInit(seen, present.viewers, follow);
}

async function decideAgain(
  database: Database,
  receipts: Receipts,
  connectionId: string,
  undecided: UndecidedReceipt,
): Promise<boolean | undefined> {
  const hasVoted = await hasVotedBy(database, receipts, undecided);
  if (hasVoted === undefined) return undefined;
  await database.run((sql) => saveDecidedReceipts(sql, { connectionId }, [{ ...undecided, hasVoted }]));
  return hasVoted;
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
