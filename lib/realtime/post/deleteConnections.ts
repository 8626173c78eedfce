import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { AwsCredentials, RealtimeConfig } from '../../config.ts';
import { UnavailableError } from '../../errors.ts';
import type { Disconnect } from './disconnect.ts';

const TIMEOUT_MS = 2_000;
/** The emulator checks no signatures, but the SDK requires credentials. */
const UNCHECKED: AwsCredentials = { accessKeyId: 'none', secretAccessKey: 'none', sessionToken: undefined };

/** The errors have no name where the answer has no body.
 * @returns undefined if there was no answer */
function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** Tells an API that is away or busy from one that refuses the request. */
function explain(error: unknown): unknown {
  const status = statusOf(error) ?? 503;
  if (status < 500 && status !== 429) return error;
  return new UnavailableError('The WebSocket API is unavailable.', { cause: error });
}

/** Disconnects clients through the AWS SDK, 0.3 MB that is loaded on demand. Disconnects are few; posts use
 * `createPoster`. */
export function createDisconnect({ endpoint, region, credentials }: RealtimeConfig): Disconnect {
  const { sessionToken, ...keys } = credentials ?? UNCHECKED;
  const api = new ApiGatewayManagementApiClient({
    endpoint,
    region,
    credentials: sessionToken === undefined ? keys : { ...keys, sessionToken },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS },
  });

  async function end(ConnectionId: string): Promise<void> {
    try {
      await api.send(new DeleteConnectionCommand({ ConnectionId }));
    } catch (error) {
      if (statusOf(error) !== 410) throw error;
    }
  }

  return async (connectionIds) => {
    const results = await Promise.allSettled(connectionIds.map(end));
    const failed = results.find((result) => result.status === 'rejected');
    return {
      ended: connectionIds.filter((_, at) => results[at]?.status === 'fulfilled'),
      ...(failed ? { error: explain(failed.reason) } : {}),
    };
  };
}
