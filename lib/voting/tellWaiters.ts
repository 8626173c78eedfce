import type { VoteStatusMessage } from '../client/messages.ts';
import { shardOf } from '../domain/shard.ts';
import { dashed } from '../domain/uuid.ts';
import { type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import type { Producer } from '../kafka/producer.ts';
import { type DirectMessage, directRecords } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import type { Waiter } from '../kafka/waiter.ts';
import { askPostgres } from '../sql/database.ts';
import { findVoteFacts } from '../sql/findVoteFacts.ts';
import type { Receipts, VoteReference } from './receipt.ts';

export interface WaitingVote {
  waiter: Waiter;
  vote: VoteReference;
}

/** What tallying works with, beside the ballots. */
export interface TellingMeans {
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
export async function tellWaiters(means: TellingMeans, waiting: WaitingVote[]): Promise<void> {
  if (waiting.length === 0) return;
  const { producer, receipts, shards } = means;
  const votes = waiting.map(({ vote }) => vote);
  const facts = await askPostgres((sql) => findVoteFacts(sql, votes));
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
