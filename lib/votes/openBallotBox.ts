import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { createRefreshingCache } from '../concurrency/refreshingCache.ts';
import { kafkaConfig, signingKeys, voterSecret } from '../config.ts';
import type { CastVoteFields } from '../contract/castVoteRequest.ts';
import { RULES_FRESH_MS } from '../domain/votingWindows.ts';
import { openProducer } from '../kafka/openProducer.ts';
import { type Appended, type OutgoingRecord, PRODUCE_TIMEOUT_MS } from '../kafka/producer.ts';
import { type ReplyTo, replyToHeaders } from '../kafka/replyTo.ts';
import { topics } from '../kafka/topics.ts';
import type { Database } from '../sql/database.ts';
import { findPollRules } from '../sql/findPoll.ts';
import { findPollByCode, resolvePollId } from '../sql/findPollId.ts';
import { createReceipts } from '../tokens/receipt.ts';
import { createReplySeal } from '../tokens/seal.ts';
import { createAcceptanceClock } from './acceptanceClock.ts';
import { type Cast, castBallot } from './castVote.ts';

// 33 bytes per ballot: far below a broker's limit, and a batch costs it little more than a single vote.
const BATCH = { timeoutMs: PRODUCE_TIMEOUT_MS, maxBatch: 1_000, maxWaiting: 10_000 };

// Counting judges every vote again; this decides how soon a change is seen here. A poll with 50 options takes 5 KB.
const CACHE = { freshMs: RULES_FRESH_MS, refreshTimeoutMs: 300, maxEntries: 2_000 };
// A poll keeps its code. Unknown codes are not cached, so guessing fills nothing.
const CODES_CACHE = { ...CACHE, freshMs: 60_000 };

export interface BallotBox {
  /** Casts a ballot.
   * @param waiter is notified of the outcome */
  cast(pollId: string, ballot: CastVoteFields, waiter?: ReplyTo): Promise<Cast>;
}

/** Opens this process's producer, rules cache and clock. */
export function openBallotBox(database: Database): BallotBox {
  const kafka = kafkaConfig();
  const keys = signingKeys();
  const seal = createReplySeal(keys);
  const producer = openProducer(kafka);
  const findByCode = createRefreshingCache(
    (code) => database.run((sql) => findPollByCode(sql, code)),
    CODES_CACHE,
  );
  const deps = {
    findPollId: (name: string) => resolvePollId(name, findByCode),
    findRules: createRefreshingCache((pollId) => database.run((sql) => findPollRules(sql, pollId)), CACHE),
    clock: createAcceptanceClock(),
    append: createMicroBatcher<OutgoingRecord, Appended>(
      (records, deadline) => producer.settle(topics.votes, records, deadline),
      BATCH,
      // One batch per broker, so that an unavailable broker delays only its own partitions.
      (record) => producer.leaderOf(topics.votes, record),
    ),
    receipts: createReceipts(keys),
    voterSecret: voterSecret(),
  };
  return {
    cast: (pollId, ballot, waiter) =>
      castBallot(deps, pollId, ballot, waiter && replyToHeaders(seal, waiter)),
  };
}
