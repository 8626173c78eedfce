import { kafkaConfig, signingKeys, voterSecret } from '../config.ts';
import { kafkaClient } from '../kafka/client.ts';
import { createMicroBatcher } from '../kafka/microBatcher.ts';
import { createProducer, type OutgoingRecord, type Place, PRODUCE_PATIENCE_MS } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { type Waiter, waiterHeaders } from '../kafka/waiter.ts';
import type { CastVoteFields } from '../schemas/ballot.ts';
import { askPostgres } from '../sql/database.ts';
import { findPollRules } from '../sql/findPollRules.ts';
import { createAcceptedClock } from './acceptedClock.ts';
import { type Cast, castBallot } from './castBallot.ts';
import { createReceipts } from './receipt.ts';
import { createRefreshingCache } from './refreshingCache.ts';
import { createWaiterSeal } from './waiterSeal.ts';

// 33 bytes a ballot: far below what a broker takes at once, and a batch costs it little more than a vote.
const BATCH = { patienceMs: PRODUCE_PATIENCE_MS, maxBatch: 1_000, maxWaiting: 10_000 };

// A poll seldom changes, and whatever is let through meanwhile is judged again when it is counted. A poll of
// 50 options takes some 5 KB here.
const CACHE = { freshMs: 3_000, refreshPatienceMs: 300, maxEntries: 2_000 };

export interface BallotBox {
  /** `castBallot` with all that it needs but the ballot.
   * @param waiter who is told what became of it */
  cast(pollId: string, ballot: CastVoteFields, waiter?: Waiter): Promise<Cast>;
}

/** Where this process casts ballots: one producer, one cache of polls, one clock. */
export function openBallotBox(): BallotBox {
  const kafka = kafkaConfig();
  const keys = signingKeys();
  const seal = createWaiterSeal(keys);
  const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
  const means = {
    findRules: createRefreshingCache((pollId) => askPostgres((sql) => findPollRules(sql, pollId)), CACHE),
    acceptedAt: createAcceptedClock(),
    append: createMicroBatcher<OutgoingRecord, Place>(
      (records, deadline) => producer.settle(topics.votes, records, deadline),
      BATCH,
      // Each broker by itself: one that is away holds up the votes of its partitions only.
      (record) => producer.leaderOf(topics.votes, record),
    ),
    receipts: createReceipts(keys),
    voterSecret: voterSecret(),
  };
  return {
    cast: (pollId, ballot, waiter) =>
      castBallot(means, pollId, ballot, waiter && waiterHeaders(seal, waiter)),
  };
}
