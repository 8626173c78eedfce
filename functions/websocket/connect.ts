import middy from '@middy/core';
import { allowedOrigins, kafkaConfig, postgresConfig, tokenIssuer } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { connectionOpener } from '../../lib/realtime/connections.ts';
import { handshakeErrors, ignoreFrames, isAllowedOrigin } from '../../lib/realtime/frames/handshake.ts';
import type { ConnectionEvent, WebSocketResponse } from '../../lib/realtime/frames/readFrame.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { voterIdentifier } from '../../lib/votes/identifyVoter.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const origins = allowedOrigins();
const identify = voterIdentifier(tokenIssuer());
const openConnection = connectionOpener(database, openProducer(kafka), kafka.standingsPartitions);

/** `$connect`: accepts or rejects the handshake. The first leaderboard follows without a request, unless the
 * URL has `?board=off`. */
async function connect({
  requestContext,
  headers,
  queryStringParameters,
}: ConnectionEvent): Promise<WebSocketResponse> {
  if (!isAllowedOrigin(headers, origins)) return { statusCode: 403 };
  const token = requestContext.authorizer?.token;
  // Every vote verifies the token again; this check rejects an invalid one early.
  if (token !== undefined) await identify?.(token);
  await openConnection(requestContext.connectionId, queryStringParameters?.['board'] !== 'off');
  return { statusCode: 200 };
}

export const handler = withRequestIds(middy(connect).use(ignoreFrames()).use(handshakeErrors()));
