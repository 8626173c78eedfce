import { createOutbox, type HandIn } from '../concurrency/outbox.ts';
import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { dashed } from '../domain/pollId.ts';
import { shardOf } from '../domain/shard.ts';
import { type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import type { Producer } from '../kafka/producer.ts';
import type { ReplyTo } from '../kafka/replyTo.ts';
import { type DirectMessage, directRecords } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import type { Receipts, VoteReference } from '../tokens/receipt.ts';

export interface WaitingVote {
  waiter: ReplyTo;
  vote: VoteReference;
}

/** What tallying works with, beside the ballots. */
export interface NotifyDeps {
  database: Database;
  producer: Producer;
  receipts: Receipts;
  /** Partitions of the topic `standings`. */
  shards: number;
}

function describe(status: VoteStatus): Pick<VoteStatusMessage, 'status' | 'reason'> {
  // A later ballot of the same voter may have come along in the same batch: this one counted until then.
  return status.status === 'replaced' ? { status: 'counted' } : status;
}

/** Sends word of these votes, which have just been counted or rejected, to the clients that wait for it.
 * @throws {UnavailableError} when Postgres does not answer, or Kafka does not take it */
export async function notifyVoters(means: NotifyDeps, waiting: WaitingVote[]): Promise<void> {
  if (waiting.length === 0) return;
  const { database, producer, receipts, shards } = means;
  const votes = waiting.map(({ vote }) => vote);
  const facts = await database.run((sql) => findVoteFacts(sql, votes));
  const byShard = new Map<number, DirectMessage[]>();
  for (const [index, { waiter, vote }] of waiting.entries()) {
    const known = facts[index];
    if (!known) continue;
    const { connectionId, requestId } = waiter;
    const message: VoteStatusMessage = {
      type: 'VOTE_STATUS',
      ...describe(voteStatus(vote, known)),
      receipt: receipts.issue(vote),
      poll_id: dashed(vote.pollId),
      ...(requestId === undefined ? {} : { request_id: requestId }),
    };
    const shard = shardOf(connectionId, shards);
    const messages = byShard.get(shard);
    if (messages) messages.push({ connectionId, message });
    else byShard.set(shard, [{ connectionId, message }]);
  }
  const records = [...byShard].flatMap(([shard, messages]) => directRecords(shard, messages));
  await producer.produce(topics.standings, records);
}

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
export function createTellers(means: NotifyDeps): Tellers {
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
        send: (waiting) => notifyVoters(means, waiting),
        outages,
      },
      VOTERS,
    ),
  };
}
