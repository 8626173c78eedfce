import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { pollAnnouncer } from '../../lib/kafka/announcePolls.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { handshakeErrors, ignoreFrames } from '../../lib/realtime/frames/handshake.ts';
import type { ConnectionEvent, WebSocketResponse } from '../../lib/realtime/frames/readFrame.ts';
import { announceViewerCount } from '../../lib/realtime/subscribeToPoll.ts';
import { deleteConnection } from '../../lib/sql/connections.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const announce = pollAnnouncer(openProducer(kafka), kafka.standingsPartitions);

/** `$disconnect`: API Gateway does not guarantee this call. A missed connection is deleted when a post finds
 * it gone, or by age. */
async function disconnect({ requestContext: { connectionId } }: ConnectionEvent): Promise<WebSocketResponse> {
  const watched = await database.run((sql) => deleteConnection(sql, connectionId));
  await announceViewerCount(announce, watched);
  return { statusCode: 200 };
}

export const handler = withRequestIds(middy(disconnect).use(ignoreFrames()).use(handshakeErrors()));
