import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { shardOf } from '../../lib/domain/shard.ts';
import { leaderboardInit } from '../../lib/realtime/broadcastBoard.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';
import { findBoardOfConnection } from '../../lib/sql/boards.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const { standingsPartitions } = kafkaConfig();

/** Answers a client that missed an update with the leaderboard that its next updates build on. */
async function leaderboard({ requestContext: { connectionId } }: FrameEvent): Promise<ServerMessage> {
  const shard = shardOf(connectionId, standingsPartitions);
  const { version, entries } = await database.run((sql) => findBoardOfConnection(sql, connectionId, shard));
  return leaderboardInit(version, entries);
}

export const handler = middy(leaderboard).use(answerFrames());
