import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { unsubscribeFrameSchema } from '../../lib/contract/frames.ts';
import { parse } from '../../lib/contract/inputs.ts';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { RefusedError } from '../../lib/errors.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { pollAnnouncer } from '../../lib/kafka/announcePolls.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';
import { announceViewerCount } from '../../lib/realtime/subscribeToPoll.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { findPollId } from '../../lib/sql/findPollId.ts';
import { deleteSubscription } from '../../lib/sql/subscriptions.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const announce = pollAnnouncer(openProducer(kafka), kafka.standingsPartitions);

/** Ends a subscription. Idempotent: the answer is the same for a poll that is not watched or was deleted. */
async function unsubscribe({ frame, requestContext }: FrameEvent): Promise<ServerMessage> {
  const pollId = await findPollId(database, parse(unsubscribeFrameSchema, frame.fields).poll_id);
  if (pollId === undefined) throw new RefusedError('poll_not_found');
  const { connectionId, requestTimeEpoch: askedAt } = requestContext;
  const wasWatched = await database.run((sql) => deleteSubscription(sql, connectionId, pollId, askedAt));
  if (wasWatched) await announceViewerCount(announce, [pollId]);
  return { type: 'UNSUBSCRIBED', poll_id: pollId };
}

export const handler = withRequestIds(middy(unsubscribe).use(answerFrames()));
