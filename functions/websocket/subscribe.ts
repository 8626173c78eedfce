import middy from '@middy/core';
import type { ServerMessage } from '../../lib/client/messages.ts';
import { kafkaConfig, signingKeys } from '../../lib/config.ts';
import { shardOf } from '../../lib/domain/shard.ts';
import { readUuid } from '../../lib/domain/uuid.ts';
import { RefusedError } from '../../lib/errors.ts';
import { pollAnnouncer } from '../../lib/kafka/announcePolls.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { enterPoll } from '../../lib/realtime/enterPoll.ts';
import { messages } from '../../lib/realtime/messages.ts';
import { tellViewers } from '../../lib/realtime/tellViewers.ts';
import type { FrameEvent } from '../../lib/realtime/webSocketEvents.ts';
import { parse } from '../../lib/schemas/parse.ts';
import { subscribeFrameSchema } from '../../lib/schemas/webSocketFrames.ts';
import { hasCounted } from '../../lib/voting/hasCounted.ts';
import { createReceipts } from '../../lib/voting/receipt.ts';

const kafka = kafkaConfig();
const receipts = createReceipts(signingKeys());
const announce = pollAnnouncer(
  createProducer(kafkaClient(kafka), kafka.topicPrefix),
  kafka.standingsPartitions,
);

/** Has the connection watch a poll: answers with the poll as it is, and what changes is posted from then on. */
async function subscribe({ frame, requestContext: { connectionId } }: FrameEvent): Promise<ServerMessage> {
  const { poll_id, receipt } = parse(subscribeFrameSchema, frame.fields);
  const pollId = readUuid(poll_id);
  if (pollId === undefined) throw new RefusedError('poll_not_found');
  const hasVoted = receipt !== undefined && (await hasCounted(receipts.read(receipt), pollId));
  const newShard = shardOf(connectionId, kafka.standingsPartitions);
  const init = await enterPoll({ connectionId, newShard, pollId, hasVoted });
  // Who watches alone changes nothing for anybody.
  if (init.viewers > 1) await tellViewers(announce, [pollId]);
  return init;
}

export const handler = middy(subscribe).use(messages());
