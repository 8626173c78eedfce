import middy from '@middy/core';
import { kafkaConfig, postBudget, postgresConfig, signingKeys } from '../../lib/config.ts';
import { subscribeFrameSchema } from '../../lib/contract/frames.ts';
import { parse } from '../../lib/contract/inputs.ts';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { shardOf } from '../../lib/domain/shard.ts';
import { RefusedError } from '../../lib/errors.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { pollAnnouncer } from '../../lib/kafka/announcePolls.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';
import { announceViewerCount, subscribeToPoll } from '../../lib/realtime/subscribeToPoll.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { findState } from '../../lib/sql/findPoll.ts';
import { findPollId } from '../../lib/sql/findPollId.ts';
import { isOwnerToken } from '../../lib/tokens/ownerToken.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const budget = postBudget();
const keys = signingKeys();
const receipts = createReceipts(keys);
const announce = pollAnnouncer(openProducer(kafka), kafka.standingsPartitions);

/** Subscribes the connection to a poll: answers with the current poll, and later changes are posted. Viewers of
 * a followed poll read it over HTTP instead. */
async function subscribe({ frame, requestContext }: FrameEvent): Promise<ServerMessage> {
  const { poll_id, receipt, admin_token } = parse(subscribeFrameSchema, frame.fields);
  const pollId = await findPollId(database, poll_id);
  if (pollId === undefined) throw new RefusedError('poll_not_found');
  const isOwner = admin_token !== undefined;
  if (isOwner && !isOwnerToken(keys, pollId, admin_token)) {
    const found = await database.run((sql) => findState(sql, pollId));
    throw new RefusedError(found ? 'forbidden' : 'poll_not_found');
  }
  const { connectionId, requestTimeEpoch: askedAt } = requestContext;
  const newShard = shardOf(connectionId, kafka.standingsPartitions);
  const asked = { connectionId, newShard, pollId, receipt, askedAt, isOwner };
  const init = await subscribeToPoll(database, receipts, budget, asked);
  // The first viewer has no others to notify, and followers get no posts.
  if (init.viewers > 1 && !init.follow) await announceViewerCount(announce, [pollId]);
  return init;
}

export const handler = withRequestIds(middy(subscribe).use(answerFrames()));
