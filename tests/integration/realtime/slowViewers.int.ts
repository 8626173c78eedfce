import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { outages } from '../../../lib/outages.ts';
import { createLazyDisconnect } from '../../../lib/realtime/post/disconnect.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';
import {
  type ConnectionsStandIn,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';

let api: ConnectionsStandIn;
let printed: string[];

beforeAll(async () => {
  api = await startConnectionsStandIn();
});
afterAll(() => api.stop());
beforeEach(() => {
  api.reset();
  printed = captureLines();
});
afterEach(() => {
  jest.restoreAllMocks();
  outages.success('Disconnecting viewers');
});

const endAt = (endpoint: string, credentials?: { accessKeyId: string; secretAccessKey: string }) =>
  createLazyDisconnect({
    endpoint,
    region: 'eu-west-1',
    credentials: credentials && { ...credentials, sessionToken: undefined },
  });

describe('disconnecting', () => {
  test('ends each connection, and takes one that is gone for ended', async () => {
    api.behave('gone=', 410);
    expect(await endAt(api.endpoint)(['a=', 'gone=', 'b+/='])).toEqual(['a=', 'gone=', 'b+/=']);
    expect(api.disconnected().toSorted()).toEqual(['a=', 'b+/=', 'gone=']);
  });

  test('goes to the stage of the API, with credentials', async () => {
    const signed = endAt(`${api.endpoint}/prod`, { accessKeyId: 'AKIA', secretAccessKey: 'secret' });
    expect(await signed(['a='])).toEqual(['a=']);
    expect(api.disconnected()).toEqual(['a=']);
  });

  test('leaves those whom it cannot end, and does not fail', async () => {
    expect(await endAt('http://127.0.0.1:9')(['a'])).toEqual([]);
    expect(await endAt(api.endpoint)([])).toEqual([]);
  });

  test.each([
    ['is away', 'http://127.0.0.1:9', 204],
    ['is busy', '', 429],
    ['fails', '', 500],
  ])('warns without a stack if the API %s', async (_, endpoint, status) => {
    api.behave('a=', status);
    expect(await endAt(endpoint || api.endpoint)(['a='])).toEqual([]);
    const [line = ''] = printed;
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', message: 'Disconnecting viewers failed.' });
    expect(line).not.toContain('deleteConnections.ts');
  });

  test('reports a refusal as an error, with its stack', async () => {
    api.behave('a=', 403);
    expect(await endAt(api.endpoint)(['a='])).toEqual([]);
    const [line = ''] = printed;
    expect(JSON.parse(line)).toMatchObject({ level: 'error' });
    expect(line).toContain('deleteConnections.ts');
  });
});
