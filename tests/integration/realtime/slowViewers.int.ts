import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLazyDisconnect } from '../../../lib/realtime/post/disconnect.ts';
import {
  type ConnectionsStandIn,
  startConnectionsStandIn,
} from '../../support/websocket/connectionsStandIn.ts';

let api: ConnectionsStandIn;

beforeAll(async () => {
  api = await startConnectionsStandIn();
});
afterAll(() => api.stop());
beforeEach(() => api.reset());

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
});
