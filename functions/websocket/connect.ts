import middy from '@middy/core';
import { allowedOrigins, kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { ignoreFrames } from '../../lib/realtime/ignoreFrames.ts';
import { isAllowedOrigin } from '../../lib/realtime/isAllowedOrigin.ts';
import { connectionOpener } from '../../lib/realtime/openConnections.ts';
import { refuseWhenAway } from '../../lib/realtime/refuseWhenAway.ts';
import type { ConnectionEvent, WebSocketResponse } from '../../lib/realtime/webSocketEvents.ts';
import { connect as connectTo } from '../../lib/sql/client.ts';

const kafka = kafkaConfig();
const origins = allowedOrigins();
const openConnection = connectionOpener(
  connectTo(postgresConfig()),
  createProducer(kafkaClient(kafka)),
  kafka.standingsPartitions,
);

/** `$connect`: the handshake succeeds if this does. The first board follows by itself. */
async function connect({ requestContext, headers }: ConnectionEvent): Promise<WebSocketResponse> {
  if (!isAllowedOrigin(headers, origins)) return { statusCode: 403 };
  await openConnection(requestContext.connectionId);
  return { statusCode: 200 };
}

export const handler = middy(connect).use(ignoreFrames()).use(refuseWhenAway());
