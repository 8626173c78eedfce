import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { describe, expect, test } from '@jest/globals';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import fc from 'fast-check';
import type { AwsCredentials } from '../../../lib/config.ts';
import { createRenderer } from '../../../lib/realtime/post/renderPost.ts';

interface HttpMessage {
  requestLine: string;
  headers: Record<string, string>;
  body: Buffer;
}

interface SdkRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
}

// What the SDK says about itself and its tries.
const TELEMETRY = ['amz-sdk-invocation-id', 'amz-sdk-request', 'user-agent', 'x-amz-user-agent'];

const withoutTelemetry: FinalizeRequestMiddleware<ServiceInputTypes, ServiceOutputTypes> =
  (next) => (args) => {
    const { headers } = args.request as SdkRequest;
    for (const name of TELEMETRY) delete headers[name];
    return next(args);
  };

/** What the AWS SDK would send, signed after its headers about itself are taken out. */
async function sdkRequest(
  endpoint: string,
  credentials: AwsCredentials,
  connectionId: string,
  payload: Buffer,
): Promise<HttpMessage> {
  let seen: SdkRequest | undefined;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    requestHandler: {
      handle: async (request: SdkRequest) => {
        seen = request;
        return { response: { statusCode: 200, headers: {} } };
      },
    },
  });
  client.middlewareStack.addRelativeTo(withoutTelemetry, {
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
  });
  await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: payload }));
  if (!seen) throw new Error('The SDK sent nothing.');
  const requestLine = `${seen.method} ${seen.path} HTTP/1.1`;
  return { requestLine, headers: seen.headers, body: Buffer.from(seen.body) };
}

function parse(request: string): HttpMessage {
  const [head = '', ...body] = request.split('\r\n\r\n');
  const [requestLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
  return { requestLine, headers, body: Buffer.from(body.join('\r\n\r\n'), 'latin1') };
}

function signedAt({ headers }: HttpMessage): number {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

const TEMPORARY = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'wJalr/bPx+K7', sessionToken: 'Fwo+GZ/==' };
const PERMANENT = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'wJalr/bPx+K7', sessionToken: undefined };
const ENDPOINT = 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod';

async function expectSameAsSdk(
  endpoint: string,
  credentials: AwsCredentials,
  connectionId: string,
  payload: Buffer,
): Promise<void> {
  const expected = await sdkRequest(endpoint, credentials, connectionId, payload);
  const render = createRenderer({ endpoint, region: 'eu-west-1', credentials });
  expect(parse(render(connectionId, payload, signedAt(expected)))).toEqual(expected);
}

describe('a post to @connections', () => {
  test('equals the request of the AWS SDK byte for byte', async () => {
    await expectSameAsSdk(ENDPOINT, TEMPORARY, 'L0SM9cOFvHcCIhw=', Buffer.from('{"type":"PONG"}'));
  });

  test('is signed like the SDK’s with permanent keys, a port, or no stage in the path', async () => {
    await expectSameAsSdk(ENDPOINT, PERMANENT, 'L0SM9cOFvHcCIhw=', Buffer.from('x'));
    await expectSameAsSdk('https://example.org:8443/', TEMPORARY, 'abc', Buffer.from('x'));
  });

  test('equals the SDK’s for any connection id and any bytes', async () => {
    const id = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((text) => !/^\.+$/.test(text));
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(id, bytes, (connectionId, payload) =>
        expectSameAsSdk(ENDPOINT, TEMPORARY, connectionId, Buffer.from(payload)),
      ),
      { numRuns: 50 },
    );
  });

  test('is signed for its own day by one long-lived signer', async () => {
    const render = createRenderer({ endpoint: ENDPOINT, region: 'eu-west-1', credentials: TEMPORARY });
    const payload = Buffer.from('x');
    const today = await sdkRequest(ENDPOINT, TEMPORARY, 'abc', payload);
    const yesterday = parse(render('abc', payload, signedAt(today) - 86_400_000));
    expect(yesterday.headers['authorization']).not.toEqual(today.headers['authorization']);
    expect(parse(render('abc', payload, signedAt(today)))).toEqual(today);
  });

  test('is unsigned without credentials', () => {
    const render = createRenderer({ endpoint: 'http://localhost:3001', region: 'x', credentials: undefined });
    const { requestLine, headers } = parse(render('abc', Buffer.from('hey'), 0));
    expect(requestLine).toBe('POST /@connections/abc HTTP/1.1');
    expect(Object.keys(headers).sort()).toEqual(['content-length', 'content-type', 'host']);
  });
});
