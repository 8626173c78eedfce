import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { shardOf } from '../../lib/domain/shard.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { leaderboardInit } from '../../lib/realtime/broadcastBoard.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';
import { followBoard } from '../../lib/sql/boards.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const { standingsPartitions } = kafkaConfig();

/** Answers with the leaderboard that the next updates build on: for a client that missed one, or that was
 * opened without a leaderboard. */
async function leaderboard({ requestContext: { connectionId } }: FrameEvent): Promise<ServerMessage> {
  const shard = shardOf(connectionId, standingsPartitions);
  const { version, entries } = await database.run((sql) => followBoard(sql, connectionId, shard));
  return leaderboardInit(version, entries);
}

export const handler = withRequestIds(middy(leaderboard).use(answerFrames()));
