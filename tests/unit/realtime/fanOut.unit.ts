import { describe, expect, test } from '@jest/globals';
import { createFanOut, type Delivery, notifyWhenStarted } from '../../../lib/realtime/post/fanOut.ts';
import { MAX_IN_FLIGHT, type PostOutcome } from '../../../lib/realtime/post/postToConnection.ts';

const PAYLOAD = Buffer.from('{}');

function to(connectionId: string, isYoung = false): Delivery {
  return { connectionId, payload: PAYLOAD, isYoung };
}

/** A post that answers from a script for each connection, the last answer again and again. */
function scripted(scripts: Record<string, PostOutcome[]>) {
  const posts: string[] = [];
  const post = async (connectionId: string): Promise<PostOutcome> => {
    const script = scripts[connectionId] ?? ['delivered'];
    const answer = script[Math.min(posts.filter((id) => id === connectionId).length, script.length - 1)];
    posts.push(connectionId);
    return answer ?? 'delivered';
  };
  return { post, posts, count: (id: string) => posts.filter((other) => other === id).length };
}

describe('a fan-out', () => {
  test('reaches every connection once and reports it', async () => {
    const { post, posts } = scripted({});
    const result = await createFanOut(post)(Array.from({ length: 1_000 }, (_, n) => to(`c${n}`)));
    expect(result).toEqual({ delivered: 1_000, gone: [], missed: [], retries: 0 });
    expect(new Set(posts).size).toBe(1_000);
  });

  test('reports an old connection that is gone, without a retry', async () => {
    const { post, count } = scripted({ old: ['gone'] });
    const result = await createFanOut(post)([to('old'), to('other')]);
    expect(result).toEqual({ delivered: 1, gone: ['old'], missed: [], retries: 0 });
    expect(count('old')).toBe(1);
  });

  test('retries a young connection until its $connect has returned', async () => {
    const { post } = scripted({ young: ['gone', 'gone', 'delivered'] });
    const result = await createFanOut(post)([to('young', true)]);
    expect(result).toEqual({ delivered: 1, gone: [], missed: [], retries: 2 });
  });

  test('keeps a young connection that stays unreachable', async () => {
    const { post, count } = scripted({ young: ['gone'] });
    const result = await createFanOut(post)([to('young', true)]);
    expect(result.gone).toEqual([]);
    expect(result.missed).toEqual([{ connectionId: 'young', payload: PAYLOAD, reason: 'gone' }]);
    expect(count('young')).toBeGreaterThan(2);
  });

  test('retries only throttled and failed posts', async () => {
    const { post, count } = scripted({ slow: ['throttled', 'delivered'], weak: ['failed', 'delivered'] });
    const result = await createFanOut(post)([to('slow'), to('weak'), to('well')]);
    expect(result).toEqual({ delivered: 3, gone: [], missed: [], retries: 2 });
    expect(['slow', 'weak', 'well'].map(count)).toEqual([2, 2, 1]);
  });

  test('gives up after a limited number of retries, with the last reason', async () => {
    const { post, count } = scripted({ slow: ['throttled'], weak: ['throttled', 'failed'] });
    const result = await createFanOut(post)([to('slow'), to('weak'), to('well')]);
    expect(result.delivered).toBe(1);
    expect(result.missed).toHaveLength(2);
    expect(result.missed).toContainEqual({ connectionId: 'slow', payload: PAYLOAD, reason: 'throttled' });
    expect(result.missed).toContainEqual({ connectionId: 'weak', payload: PAYLOAD, reason: 'failed' });
    expect(count('slow')).toBeLessThanOrEqual(5);
  });

  test('does not retry rejections and timeouts', async () => {
    const { post, posts } = scripted({ large: ['refused'], slow: ['timed_out'] });
    const result = await createFanOut(post)([to('large'), to('slow')]);
    expect(result.missed).toEqual([
      { connectionId: 'large', payload: PAYLOAD, reason: 'refused' },
      { connectionId: 'slow', payload: PAYLOAD, reason: 'timed_out' },
    ]);
    expect(posts).toHaveLength(2);
  });

  test('ends without waiting for a connection that never answers', async () => {
    const post = (id: string) =>
      id === 'mute' ? new Promise<PostOutcome>(() => {}) : Promise.resolve('delivered' as const);
    const result = await createFanOut(post)([to('mute'), to('a'), to('b')]);
    expect(result).toEqual({
      delivered: 2,
      gone: [],
      missed: [{ connectionId: 'mute', payload: PAYLOAD, reason: 'timed_out' }],
      retries: 0,
    });
  });

  test('reports that every connection had a first attempt, while slow ones are pending', async () => {
    const slow = Promise.withResolvers<PostOutcome>();
    const post = (id: string) => (id === 'slow' ? slow.promise : Promise.resolve('delivered' as const));
    const out = Promise.withResolvers<void>();
    const result = notifyWhenStarted(createFanOut(post), out.resolve)([to('slow'), to('a')]);
    await out.promise;
    slow.resolve('delivered');
    expect(await result).toMatchObject({ delivered: 2, missed: [] });
  });

  test('never exceeds its limit of posts in flight, however many shards share it', async () => {
    let inFlight = 0;
    let most = 0;
    const fanOut = createFanOut(async (id) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
      return id.endsWith('7') ? 'throttled' : 'delivered';
    });
    const shard = (name: string) => Array.from({ length: 500 }, (_, n) => to(`${name}${n}`));
    const results = await Promise.all([fanOut(shard('a')), fanOut(shard('b'))]);
    expect(results.map(({ delivered, missed }) => delivered + missed.length)).toEqual([500, 500]);
    expect(most).toBe(MAX_IN_FLIGHT);
  });
});
