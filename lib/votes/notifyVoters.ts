import { createOutbox, type HandIn } from '../concurrency/outbox.ts';
import type { VoteStatusMessage } from '../contract/messageTypes.ts';
import { dashed } from '../domain/pollId.ts';
import { shardOf } from '../domain/shard.ts';
import { type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { announcePolls } from '../kafka/announcePolls.ts';
import type { Producer } from '../kafka/producer.ts';
import type { ReplyTo } from '../kafka/replyTo.ts';
import { directRecordsOf } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import type { Receipts, VoteReference } from '../tokens/receipt.ts';

export interface WaitingVote {
  waiter: ReplyTo;
  vote: VoteReference;
}

export interface NotifyDeps {
  database: Database;
  producer: Producer;
  receipts: Receipts;
  /** Partitions of the topic `standings`. */
  shards: number;
}

function describe(status: VoteStatus): Pick<VoteStatusMessage, 'status' | 'reason'> {
  // This ballot counted until a later one in the same batch replaced it.
  return status.status === 'replaced' ? { status: 'counted' } : status;
}

/** Names a ballot: all copies of it in the log, and no other one of its voter. */
const nameOf = ({ voterKey, acceptedAt }: VoteReference) => `${voterKey} ${acceptedAt}`;

/** Sends the outcome of these votes to the clients that wait for it.
 * @throws {UnavailableError} when Postgres or Kafka is unavailable */
export async function notifyVoters(deps: NotifyDeps, waiting: WaitingVote[]): Promise<void> {
  if (waiting.length === 0) return;
  const { database, producer, receipts, shards } = deps;
  const votes = waiting.map(({ vote }) => vote);
  const facts = await database.run((sql) => findVoteFacts(sql, votes));
  const messages = waiting.flatMap(({ waiter, vote }, index) => {
    const known = facts[index];
    if (!known) return [];
    const { connectionId, requestId } = waiter;
    const message: VoteStatusMessage = {
      type: 'VOTE_STATUS',
      ...describe(voteStatus(vote, known)),
      receipt: receipts.issue(vote),
      poll_id: dashed(vote.pollId),
      ...(requestId === undefined ? {} : { request_id: requestId }),
    };
    return [{ connectionId, shard: shardOf(connectionId, shards), message, vote: nameOf(vote) }];
  });
  await producer.produce(topics.standings, directRecordsOf(messages));
}

/** The limit on how long a batch waits for notifications, usually tens of milliseconds. After a failure,
 * batches stop waiting for one second. */
const TIMES = { timeoutMs: 2_000, pauseMs: 1_000 };
/** About 0.5 MB. For polls beyond that, the sweep updates viewers within a minute. */
const POLLS = { ...TIMES, page: 5_000, mostKept: 10_000 };
/** About 10 MB, and 30 ms per page. Other voters can look up their receipt. */
const VOTERS = { ...TIMES, page: 1_000, mostKept: 20_000 };

export interface Notifiers {
  /** Announces polls to all shards. */
  shards: HandIn<string>;
  voters: HandIn<WaitingVote>;
}

/** Sends notifications of counted votes. Failed ones are kept and retried; they never fail counting. */
export function createNotifiers(deps: NotifyDeps): Notifiers {
  const { producer, shards } = deps;
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
        what: 'Notifying voters',
        keyOf: ({ waiter, vote }) => `${nameOf(vote)} ${waiter.connectionId}`,
        send: (waiting) => notifyVoters(deps, waiting),
        outages,
      },
      VOTERS,
    ),
  };
}
