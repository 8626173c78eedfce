import { log } from '../log.ts';
import type { Database } from '../sql/database.ts';
import { clearPollsDue, setPollsDue } from '../sql/dueViewers.ts';
import type { Subscriber } from '../sql/subscriptions.ts';
import { type ChangedPoll, pollPayloads } from './pollMessages.ts';
import type { Delivery, FanOut } from './post/fanOut.ts';
import { inTurns, untilDeadline } from './post/postingOrder.ts';
import { type Remembered, rememberResult } from './rememberResult.ts';

function* deliveries(polls: ChangedPoll[], subscribers: Iterable<Subscriber>): Iterable<Delivery> {
  const payloadsFor = pollPayloads(polls);
  for (const subscriber of subscribers) {
    for (const payload of payloadsFor(subscriber.pollId, subscriber)) {
      // It subscribed, so its `$connect` has returned.
      yield { connectionId: subscriber.connectionId, payload, isYoung: false };
    }
  }
}

const subscribed: Remembered<Subscriber> = {
  connectionOf: ({ connectionId }) => connectionId,
  setDue: setPollsDue,
  clearDue: clearPollsDue,
};

/** Where the subscribers of a shard are, and how to reach them. */
interface Shard {
  database: Database;
  shard: number;
  fanOut: FanOut;
}

const UNREACHED = 'The round ended before it reached some viewers; a later round serves them.';

/** Sends subscribers what changed in their polls, and stores whom it did not reach. Those whose turn does not come by
 * the deadline get the whole poll from a later round.
 * @param deadline of the monotonic clock */
export async function postToSubscribers(
  { database, shard, fanOut }: Shard,
  polls: ChangedPoll[],
  subscribers: Subscriber[],
  deadline: number,
): Promise<void> {
  if (subscribers.length === 0) return;
  const late: Subscriber[] = [];
  const result = await fanOut(deliveries(polls, untilDeadline(inTurns(subscribers), deadline, late)));
  const isLate = new Set(late);
  const viewers = {
    sentTo: (missed: Set<string>) => subscribers.filter(({ connectionId }) => missed.has(connectionId)),
    waiting: subscribers.filter((one) => one.awaitsPoll && !isLate.has(one)),
    // Those who waited keep their place among the waiting.
    late: late.filter(({ awaitsPoll }) => !awaitsPoll),
  };
  await rememberResult(database, result, viewers, subscribed);
  if (late.length > 0) log.info(UNREACHED, { shard, viewers: late.length });
}
