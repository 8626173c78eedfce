import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { api } from '../support/http/api.ts';
import { type AsyncApi, asyncApi, openApi } from '../support/http/documents.ts';
import { type System, startSystem } from '../support/system/system.ts';

let system: System;
let client: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

describe('the HTTP API', () => {
  test('reports that Postgres and Kafka are healthy', async () => {
    const { status, body } = await client.get('/health');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', checks: { postgres: 'ok', kafka: 'ok' } });
  });

  test('answers unknown routes with a problem document', async () => {
    const { status, headers, body } = await client.get('/nothing/here');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('answers unknown methods with the allowed methods', async () => {
    const { status, headers, body } = await client.send('DELETE', '/leaderboard');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(body).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  test.each(['/leaderboard', '/polls/nonsense', '/nothing'])('allows any origin to read %s', async (path) => {
    const { headers } = await client.get(path, { origin: 'https://example.org' });
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test.each(['/polls/%', '/polls/%zz', '/votes/%E0%A4%A'])('answers 404 for %s', async (path) => {
    const { status, headers } = await client.get(path);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test.each(['json', 'multipart/form-data', 'text/plain'])('rejects a body of type %s', async (type) => {
    const { status, headers, body } = await client.send('POST', '/polls', '{}', { 'content-type': type });
    expect(status).toBe(415);
    expect(body).toMatchObject({ code: 'unsupported_media_type' });
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test('reads a body without a type as JSON', async () => {
    const poll = JSON.stringify({ question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expires_in: 60 });
    // `fetch` names a type for text, but not for bytes.
    const send = (body: string) =>
      fetch(`${system.httpUrl}/polls`, { method: 'POST', body: Buffer.from(body) });
    expect((await send(poll)).status).toBe(201);
    expect((await send('question=Tea')).status).toBe(400);
  });

  test.each(['gzip', 'zstd', 'deflate'])(
    'rejects a body with the coding %s, whether or not it has it',
    async (coding) => {
      const text = JSON.stringify({ question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expires_in: 60 });
      for (const body of [text, gzipSync(text)]) {
        const headers = { 'content-type': 'application/json', 'content-encoding': coding };
        const response = await fetch(`${system.httpUrl}/polls`, { method: 'POST', headers, body });
        expect(response.status).toBe(415);
        expect(response.headers.get('accept-encoding')).toBe('identity');
        expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' });
      }
    },
  );

  test.each(['/leaderboard', '/polls', '/health', '/openapi.json'])('answers HEAD for %s', async (path) => {
    const response = await fetch(system.httpUrl + path, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  test('answers 404 for a folder of files', async () => {
    const { status, body } = await client.get('/assets/');
    expect([status, body]).toMatchObject([404, { code: 'not_found' }]);
  });

  test.each([
    ['null', 'not null'],
    ['"x"', 'not a string'],
    ['[]', 'not an array'],
    ['7', 'not a number'],
  ])('says what is wrong with the body %s', async (sent, kind) => {
    for (const path of ['/polls', '/polls/x/vote']) {
      const { status, body } = await client.send('POST', path, sent);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining(kind) });
    }
  });

  test('rejects a body of broken UTF-8, which would make one voter of two', async () => {
    const { id, options } = await client.makePoll();
    const ballot = Buffer.from(JSON.stringify({ user_id: 'ann?', option_id: options[0]?.option_id }));
    ballot[ballot.indexOf('?')] = 0xff;
    const url = `${system.httpUrl}/polls/${id}/vote`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: ballot })).status).toBe(400);
  });

  test('serves its OpenAPI document, and 304 if it is unchanged', async () => {
    const { headers, body } = await client.get('/openapi.json');
    expect(body).toEqual(openApi);
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    expect((await client.get('/openapi.json', known)).status).toBe(304);
  });

  test('serves the AsyncAPI document with the address of the WebSocket', async () => {
    const { body } = await client.get<AsyncApi>('/asyncapi.json');
    const { host } = new URL(system.wsUrl);
    expect(body).toEqual({ ...asyncApi, servers: { live: { host, pathname: '/', protocol: 'ws' } } });
  });

  test('allows any origin to send requests', async () => {
    const names = ['cache-control', 'if-match', 'prefer', 'traceparent', 'x-requested-with'];
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': names.join(', '),
    };
    const { status, headers } = await client.send('OPTIONS', '/polls/x/vote', undefined, {
      origin: 'https://example.org',
      ...asked,
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    const passed = headers.get('access-control-allow-headers')?.toLowerCase().split(/, */);
    expect(passed).toEqual(expect.arrayContaining(names));
    const refused = await client.send('PATCH', `/polls/${(await client.makePoll()).id}`, { closed: true });
    const exposed = refused.headers.get('access-control-expose-headers');
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(exposed?.toLowerCase().split(/, */)).toEqual(expect.arrayContaining(['etag', 'www-authenticate']));
  });

  test('allows no origin to send requests to unknown paths', async () => {
    const origin = { origin: 'https://example.org' };
    const { status, body } = await client.send('OPTIONS', '/nothing', undefined, origin);
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'not_found' });
  });

  test('ignores range requests and sends the whole response', async () => {
    const { status, body } = await client.get('/health', { range: 'bytes=9-1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok' });
  });
});
