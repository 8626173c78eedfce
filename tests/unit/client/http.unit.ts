import { describe, expect, jest, test } from '@jest/globals';
import { httpClient } from '../../../lib/client/http.ts';
import { serverClock } from '../../../lib/client/serverClock.ts';

interface Asked {
  url: string;
  init: RequestInit;
}

function answering(...answers: (() => Response | Promise<Response>)[]) {
  const asked: Asked[] = [];
  const fetchFunction = async (url: unknown, init: unknown) => {
    asked.push({ url: String(url), init: init as RequestInit });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (!answer) throw new Error('There is no answer.');
    return answer();
  };
  return {
    asked,
    client: httpClient('https://polls.example/', fetchFunction as typeof fetch, serverClock()),
  };
}

const json = (body: unknown, init?: ResponseInit) => () => new Response(JSON.stringify(body), init);

describe('an HTTP call', () => {
  test('leaves out what is undefined, and a trailing slash of the base', async () => {
    const { asked, client } = answering(json({ data: [], next_cursor: null }));
    await client.listPolls({ q: undefined, limit: 5 } as never);
    await client.getPoll('a/b');
    expect(asked.map(({ url }) => url)).toEqual([
      'https://polls.example/polls?limit=5',
      'https://polls.example/polls/a%2Fb',
    ]);
  });

  test('reports a problem with its code, fields and pause', async () => {
    const problem = { code: 'invalid_request', detail: 'No.', errors: [{ field: 'q', detail: 'is long.' }] };
    const { client } = answering(
      json(problem, { status: 400 }),
      json({ code: 'unavailable', detail: 'Later.' }, { status: 503, headers: { 'retry-after': '2' } }),
    );
    await expect(client.getPoll('p')).rejects.toMatchObject({
      name: 'ApiError',
      status: 400,
      code: 'invalid_request',
      errors: problem.errors,
      retryable: false,
    });
    await expect(client.getPoll('p')).rejects.toMatchObject({
      code: 'unavailable',
      retryAfter: 2,
      retryable: true,
    });
  });

  test('refuses an answer that is not of the API', async () => {
    const { client } = answering(() => new Response('<html>Log in to this network</html>'));
    await expect(client.getPoll('p')).rejects.toMatchObject({ code: 'invalid_response', retryable: false });
  });

  test('wraps an error of the network', async () => {
    const { client } = answering(() => Promise.reject(new TypeError('fetch failed')));
    await expect(client.getPoll('p')).rejects.toMatchObject({
      code: 'network_error',
      retryable: true,
      cause: expect.any(TypeError),
    });
  });

  test('ends in time, and with the reason of its signal', async () => {
    const hang = (_: unknown, { signal }: RequestInit) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const client = httpClient('https://polls.example', hang as never, serverClock());
    await expect(client.getPoll('p', undefined, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'timeout' });
    const stop = new AbortController();
    const asked = client.getPoll('p', undefined, { signal: stop.signal });
    stop.abort(new Error('left the page'));
    await expect(asked).rejects.toThrow('left the page');
    await expect(client.getPoll('p', undefined, { signal: stop.signal })).rejects.toThrow('left the page');
  });

  test('waits longer where the vote may', async () => {
    jest.useFakeTimers();
    const hang = (_: unknown, { signal }: RequestInit) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const client = httpClient('https://polls.example', hang as never, serverClock());
    const ended = jest.fn();
    client.vote('p', 'ada', { option_id: 'o' }, 10).catch(ended);
    await jest.advanceTimersByTimeAsync(19_000);
    expect(ended).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(ended).toHaveBeenCalled();
    jest.useRealTimers();
  });

  test('sends the token of its kind, and none without one', async () => {
    const { asked, client } = answering(json({}));
    const poll = { question: 'Tea?', options: ['Yes', 'No'], expires_in: 60 };
    const choice = { option_id: 'o' };
    await client.createPoll(poll, 'key', { token: 'creator' });
    await client.updatePoll('p', 'owner', { closed: true });
    await client.deletePoll('p', 'owner');
    await client.getPoll('p', 'receipt', { ownerToken: 'owner' });
    await client.getResults('p', undefined, { ownerToken: 'owner' });
    await client.vote('p', { token: 'voter' }, choice, 5);
    await client.vote('p', 'ada', choice);
    await client.createPoll(poll);
    await client.getPoll('p');
    const tokens = asked.map(({ init }) => new Headers(init.headers).get('authorization'));
    const [creator, owner, voter] = ['creator', 'owner', 'voter'].map((token) => `Bearer ${token}`);
    expect(tokens).toEqual([creator, owner, owner, owner, owner, voter, null, null, null]);
    const bodies = [asked[5], asked[6]].map((one) => JSON.parse(`${one?.init.body}`));
    expect(bodies).toEqual([choice, { user_id: 'ada', ...choice }]);
    expect(new Headers(asked[0]?.init.headers).get('idempotency-key')).toBe('key');
    expect(new Headers(asked[5]?.init.headers).get('prefer')).toBe('wait=5');
  });

  test('walks all pages of a list', async () => {
    const { asked, client } = answering(
      json({ data: [{ id: 1 }, { id: 2 }], next_cursor: 'c' }),
      json({ data: [{ id: 3 }], next_cursor: null }),
    );
    const ids: unknown[] = [];
    for await (const { id } of client.allPolls({ q: 'tea' })) ids.push(id);
    expect(ids).toEqual([1, 2, 3]);
    expect(asked[1]?.url).toBe('https://polls.example/polls?q=tea&cursor=c');
  });

  test('that answers without a body is done', async () => {
    const { client } = answering(() => new Response(null, { status: 204 }));
    expect(await client.deletePoll('p', 'token')).toBeUndefined();
  });
});
