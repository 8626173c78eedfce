import { createOutbox, type HandIn } from '../concurrency/outbox.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import { outages } from '../outages.ts';
import { type TellingMeans, tellWaiters, type WaitingVote } from './tellWaiters.ts';

/** Counting waits no longer for telling, which mostly takes some tens of milliseconds. While telling fails, no
 * batch waits in the second after that. */
const TIMES = { patienceMs: 2_000, pauseMs: 1_000 };
/** Some 0.5 MB; who watches a poll that is not among them hears of it by the sweep, within a minute. */
const POLLS = { ...TIMES, page: 5_000, mostKept: 10_000 };
/** Some 10 MB, and 30 ms a page; for the others, their receipts tell. */
const VOTERS = { ...TIMES, page: 1_000, mostKept: 20_000 };

export interface Tellers {
  /** Has every shard look at these polls. */
  shards: HandIn<string>;
  voters: HandIn<WaitingVote>;
}

/** Tells of what was counted. What cannot be told is kept for later: telling never fails counting. */
export function createTellers(means: TellingMeans): Tellers {
  const { producer, shards } = means;
  return {
    shards: createOutbox(
      {
        what: 'Announcing polls',
        keyOf: (pollId) => pollId,
        send: (pollIds) => announcePolls(producer, shards, pollIds),
        outages,
      },
      POLLS,
    ),
    voters: createOutbox(
      {
        what: 'Telling voters',
        keyOf: ({ waiter, vote }) => `${vote.voterKey} ${vote.acceptedAt} ${waiter.connectionId}`,
        send: (waiting) => tellWaiters(means, waiting),
        outages,
      },
      VOTERS,
    ),
  };
}
