import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Delivery, FanOut, FanOutResult } from '../../../lib/realtime/post/fanOut.ts';
import type { PostOutcome } from '../../../lib/realtime/post/postToConnection.ts';
import { createSlowViewers } from '../../../lib/realtime/post/slowViewers.ts';

const ROUND_MS = 5_000;
const payload = Buffer.from('{}');

let now: number;
let ended: string[];
/** What posts to these come to; to all others they are delivered. */
let outcomes: Map<string, PostOutcome>;

const post: FanOut = async (deliveries) => {
  const result: FanOutResult = { delivered: 0, gone: [], missed: [], retries: 0 };
  for await (const { connectionId } of deliveries) {
    const reason = outcomes.get(connectionId) ?? 'delivered';
    if (reason === 'delivered') result.delivered += 1;
    else if (reason === 'gone') result.gone.push(connectionId);
    else result.missed.push({ connectionId, payload, reason });
  }
  return result;
};

const to = (...ids: string[]): Delivery[] =>
  ids.map((connectionId) => ({ connectionId, payload, isYoung: false }));

let fanOut: FanOut;

beforeEach(() => {
  now = 0;
  ended = [];
  outcomes = new Map();
  const disconnect = async (ids: string[]) => {
    ended.push(...ids);
    return ids;
  };
  fanOut = createSlowViewers(disconnect, () => now)(post);
});

async function round(...ids: string[]): Promise<FanOutResult> {
  now += ROUND_MS;
  return fanOut(to(...ids));
}

describe('a viewer who misses messages', () => {
  test('is disconnected after the third round in a row, and is gone then', async () => {
    outcomes.set('slow', 'timed_out');
    await round('slow', 'well');
    expect((await round('slow', 'well')).missed).toHaveLength(1);
    expect(ended).toEqual([]);
    expect(await round('slow', 'well')).toMatchObject({ delivered: 1, gone: ['slow'], missed: [] });
    expect(ended).toEqual(['slow']);
  });

  test('starts anew after a message that arrived', async () => {
    for (let rounds = 0; rounds < 4; rounds += 1) {
      outcomes.set('slow', 'throttled');
      for (let missed = 0; missed < 2; missed += 1) await round('slow');
      outcomes.delete('slow');
      await round('slow');
    }
    expect(ended).toEqual([]);
  });

  test('is not disconnected for several messages of one round', async () => {
    outcomes.set('slow', 'timed_out');
    for (let messages = 0; messages < 10; messages += 1) await fanOut(to('slow', 'slow'));
    expect(ended).toEqual([]);
  });

  test('stays if its message was refused, as others would be', async () => {
    outcomes.set('odd', 'refused');
    for (let rounds = 0; rounds < 5; rounds += 1) await round('odd');
    expect(ended).toEqual([]);
  });

  test('stays if many miss messages at the same time', async () => {
    const crowd = Array.from({ length: 100 }, (_, at) => `viewer ${at}`);
    for (const id of crowd.slice(0, 11)) outcomes.set(id, 'throttled');
    for (let rounds = 0; rounds < 5; rounds += 1) await round(...crowd);
    expect(ended).toEqual([]);
    outcomes.delete('viewer 0');
    for (let rounds = 0; rounds < 3; rounds += 1) await round(...crowd);
    expect(ended).toHaveLength(10);
  });

  test('that cannot be disconnected has missed its message, no more', async () => {
    fanOut = createSlowViewers(
      async () => [],
      () => now,
    )(post);
    outcomes.set('slow', 'failed');
    for (let rounds = 0; rounds < 5; rounds += 1) {
      expect(await round('slow')).toMatchObject({ gone: [], missed: [{ connectionId: 'slow' }] });
    }
  });
});

test('every viewer of a round is delivered to, gone or missed, whatever happened before', async () => {
  const outcome = fc.constantFrom<PostOutcome>('delivered', 'gone', 'timed_out', 'refused');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(outcome, { maxLength: 30 }), { maxLength: 12 }), async (rounds) => {
      for (const script of rounds) {
        const ids = script.map((_, at) => `viewer ${at}`);
        outcomes = new Map(script.map((one, at) => [ids[at] ?? '', one]));
        const { delivered, gone, missed } = await round(...ids);
        expect(delivered + gone.length + missed.length).toBe(ids.length);
        const failed = [...gone, ...missed.map(({ connectionId }) => connectionId)];
        expect(new Set(failed).size).toBe(failed.length);
      }
    }),
  );
});
