import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ApiError } from '../../../lib/client/apiError.ts';
import { type LiveClient, type LiveOptions, type LiveState, liveClient } from '../../../lib/client/live.ts';
import type { PollState } from '../../../lib/client/pollState.ts';
import { serverClock } from '../../../lib/client/serverClock.ts';
import type { Poll } from '../../../lib/domain/poll.ts';
import { FakeSocket } from './fakeSocket.ts';

const poll = (version = 1): Poll =>
  ({ id: 'p', question: 'Tea?', options: [], version, total_votes: 0 }) as unknown as Poll;
const WebSocketClass = FakeSocket as unknown as typeof WebSocket;
const turn = () => jest.advanceTimersByTimeAsync(0);

async function getVote(): Promise<never> {
  throw new Error('No vote is looked up.');
}

let reads: number;
let live: LiveClient;

function connect(more: Partial<LiveOptions> = {}): LiveClient {
  const getPoll = async () => {
    reads += 1;
    return poll(reads);
  };
  const http = { getPoll, readPoll: getPoll, getVote };
  live = liveClient({ url: 'ws://live', WebSocketClass, http, clock: serverClock(), ...more });
  return live;
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  FakeSocket.all = [];
  reads = 0;
});
afterEach(() => {
  live.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

async function opened(): Promise<FakeSocket> {
  await turn();
  FakeSocket.last.open();
  return FakeSocket.last;
}

describe('watching a poll', () => {
  test('asks for one thing at a time, and ends with what was asked last', async () => {
    connect();
    const socket = await opened();
    const stop = live.watchPoll('p', () => {});
    stop();
    live.watchPoll('p', () => {});
    expect(socket.actions()).toEqual(['subscribe']);
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'p' });
    expect(socket.actions()).toEqual(['subscribe']);

    const other = live.watchPoll('q', () => {});
    other();
    socket.say({ type: 'POLL_INIT', poll: { ...poll(), id: 'q' }, viewers: 1, request_id: 'q' });
    expect(socket.actions()).toEqual(['subscribe', 'subscribe', 'unsubscribe']);
    socket.say({ type: 'UNSUBSCRIBED', poll_id: 'q', request_id: 'q' });
    expect(socket.sent).toHaveLength(3);
  });

  test('stopped and started at once stays subscribed and hears updates', async () => {
    connect();
    const socket = await opened();
    const first = live.watchPoll('p', () => {});
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'p' });
    first();
    const seen: PollState[] = [];
    live.watchPoll('p', (state) => seen.push(state));
    socket.say({ type: 'UNSUBSCRIBED', poll_id: 'p', request_id: 'p' });
    expect(socket.actions()).toEqual(['subscribe', 'unsubscribe', 'subscribe']);
    socket.say({ type: 'POLL_INIT', poll: poll(2), viewers: 1, request_id: 'p' });
    expect(seen.at(-1)?.poll.version).toBe(2);
  });

  test('keeps a receipt that another watcher of the poll does not have', async () => {
    connect();
    const socket = await opened();
    live.watchPoll('p', () => {}, { receipt: 'r' });
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'p' });
    live.watchPoll('p', () => {});
    expect(socket.sent).toMatchObject([{ action: 'subscribe', receipt: 'r' }]);
  });

  test('subscribes again after a reconnect', async () => {
    connect();
    const socket = await opened();
    live.watchPoll('p', () => {});
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'p' });
    socket.close();
    await jest.advanceTimersByTimeAsync(1_000);
    const next = await opened();
    expect(next).not.toBe(socket);
    expect(next.actions()).toEqual(['subscribe']);
  });

  test('by another name of the poll hears its updates', async () => {
    connect();
    const socket = await opened();
    const seen: number[] = [];
    live.watchPoll('CODE42', ({ viewers }) => seen.push(viewers));
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'CODE42' });
    socket.say({
      type: 'POLL_UPDATE',
      poll_id: 'p',
      version: 2,
      total_votes: 1,
      vote_counts: [],
      viewers: 7,
    });
    expect(seen).toEqual([1, 7]);
  });

  test('reports a refusal to its watchers, and does not ask again', async () => {
    connect();
    const socket = await opened();
    const errors: ApiError[] = [];
    live.watchPoll('x', () => {}, { onError: (error) => errors.push(error) });
    socket.say({ type: 'ERROR', code: 'poll_not_found', detail: 'No.', request_id: 'x' });
    expect(errors).toMatchObject([{ code: 'poll_not_found' }]);
    expect(socket.sent).toHaveLength(1);
  });

  test('goes on for others when a listener throws', async () => {
    const report = jest.spyOn(console, 'error').mockImplementation(() => {});
    connect();
    const socket = await opened();
    const seen: PollState[] = [];
    live.watchPoll('p', () => {
      throw new Error('mine');
    });
    live.watchPoll('p', (state) => seen.push(state));
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'p' });
    expect(seen).toHaveLength(1);
    expect(report).toHaveBeenCalledTimes(1);
  });
});

describe('the connection', () => {
  test('reports its states', async () => {
    connect();
    const states: LiveState[] = [];
    live.onState((state) => states.push(state));
    const isReady = live.ready();
    const socket = await opened();
    await isReady;
    socket.close();
    live.close();
    expect(states).toEqual(['connecting', 'live', 'stale', 'closed']);
  });

  test('that is dead is noticed within 15 seconds', async () => {
    connect();
    const socket = await opened();
    await jest.advanceTimersByTimeAsync(15_000);
    expect(socket.actions()).toEqual(['ping']);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  test('that is dead is noticed within 3 seconds of waking', async () => {
    connect();
    const socket = await opened();
    live.wake();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(socket.readyState).toBe(3);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  test('that is alive stays after waking', async () => {
    connect();
    const socket = await opened();
    live.wake();
    socket.say({ type: 'PONG' });
    await jest.advanceTimersByTimeAsync(3_000);
    expect(FakeSocket.all).toEqual([socket]);
  });

  test('that the server asks twice to renew is renewed once', async () => {
    connect();
    const socket = await opened();
    socket.say({ type: 'RECONNECT', after_ms: 5_000 });
    socket.say({ type: 'RECONNECT', after_ms: 1_000 });
    await jest.advanceTimersByTimeAsync(1_500);
    const next = await opened();
    expect([socket.readyState, next.readyState]).toEqual([3, 1]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(next.readyState).toBe(1);
    expect(FakeSocket.all).toEqual([socket, next]);
  });

  test('takes a fresh token each time, and no board that nobody watches', async () => {
    let tokens = 0;
    connect({ token: async () => `t${++tokens}` });
    const socket = await opened();
    socket.close();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(FakeSocket.all.map(({ url }) => url)).toEqual([
      'ws://live?token=t1&board=off',
      'ws://live?token=t2&board=off',
    ]);
  });

  test.each(['<html>', 'null'])(
    'ends a connection that sends %s, which is no message, and opens another',
    async (data) => {
      connect();
      live.watchPoll('p', () => {});
      const socket = await opened();
      socket.onmessage?.({ data });
      await jest.advanceTimersByTimeAsync(1_000);
      expect(FakeSocket.all).toHaveLength(2);
    },
  );
});

describe('a subscription', () => {
  test('that an outage refused is asked for again', async () => {
    connect();
    const socket = await opened();
    const errors: string[] = [];
    live.watchPoll('p', () => {}, { onError: ({ code }) => errors.push(code) });
    socket.say({ type: 'ERROR', code: 'unavailable', detail: 'Later.', request_id: 'p' });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(socket.actions()).toEqual(['subscribe', 'subscribe']);
    expect(errors).toEqual(['unavailable']);
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 1, request_id: 'p' });
    await jest.advanceTimersByTimeAsync(9_000);
    expect(socket.actions()).toEqual(['subscribe', 'subscribe']);
  });

  test('whose answer is lost is asked for again', async () => {
    connect();
    const socket = await opened();
    live.watchPoll('p', () => {});
    await jest.advanceTimersByTimeAsync(5_000);
    expect(socket.actions()).toEqual(['subscribe', 'subscribe']);
  });

  test('that was refused for good is not asked for again', async () => {
    connect();
    const socket = await opened();
    live.watchPoll('p', () => {});
    socket.say({ type: 'ERROR', code: 'poll_not_found', detail: 'Gone.', request_id: 'p' });
    await jest.advanceTimersByTimeAsync(9_000);
    expect(socket.actions()).toEqual(['subscribe']);
  });
});

describe('watching the board', () => {
  test('asks for it with the connection', async () => {
    connect();
    live.watchLeaderboard(() => {});
    expect((await opened()).url).toBe('ws://live');
  });

  test('asks again until it comes, and after a gap until that is closed', async () => {
    connect();
    const boards: number[] = [];
    live.watchLeaderboard((entries) => boards.push(entries.length));
    const socket = await opened();
    await jest.advanceTimersByTimeAsync(5_000);
    socket.say({ type: 'ERROR', code: 'unavailable', detail: 'Later.' });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(socket.actions()).toEqual(['leaderboard', 'leaderboard']);
    socket.say({ type: 'LEADERBOARD_INIT', data: [], version: 3 });
    expect(boards).toEqual([0]);

    const update = { type: 'LEADERBOARD_UPDATE', base_version: 4, version: 5, changed: [], left: [] };
    socket.say(update);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(socket.actions().slice(2)).toEqual(['leaderboard', 'leaderboard']);
    socket.say({ type: 'LEADERBOARD_INIT', data: [], version: 5 });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(socket.actions().slice(4)).not.toContain('leaderboard');
  });
});

describe('without a WebSocket', () => {
  test('polls are read by HTTP', async () => {
    connect({ WebSocketClass: undefined });
    const versions: (number | null)[] = [];
    live.watchPoll('p', ({ poll: { version } }) => versions.push(version));
    await jest.advanceTimersByTimeAsync(7_000);
    expect(versions).toEqual([1, 2, 3]);
  });

  test('a receipt is shown only while it opens more than everybody sees', async () => {
    const receipts: unknown[] = [];
    let next: Partial<Poll> = { results_visibility: 'after_vote' };
    const getPoll = async (_: string, receipt?: string) => {
      receipts.push(receipt);
      return { ...poll(receipts.length), ...next };
    };
    connect({ WebSocketClass: undefined, http: { getPoll, readPoll: (url) => getPoll(url), getVote } });
    live.watchPoll('p', () => {}, { receipt: 'r' });
    await jest.advanceTimersByTimeAsync(4_000);
    expect(receipts).toEqual(['r', 'r']);
    next = { results_visibility: 'after_vote', is_final: true };
    await jest.advanceTimersByTimeAsync(4_000);
    expect(receipts).toEqual(['r', 'r', 'r']);
    next = { results_visibility: 'after_vote' };
    await jest.advanceTimersByTimeAsync(100_000);
    expect(receipts.slice(3, 5)).toEqual([undefined, 'r']);
    next = { results_visibility: 'always' };
    await jest.advanceTimersByTimeAsync(9_000);
    expect(receipts.slice(-2)).toEqual([undefined, undefined]);
  });

  test.each([0, 1, 2])(
    'that %d attempts were refused and one timed out, as in a network that drops its packets, is enough to read',
    async (refused) => {
      connect();
      live.watchPoll('p', () => {});
      for (let tries = 0; tries < refused; tries += 1) {
        await jest.advanceTimersByTimeAsync(2_000);
        FakeSocket.last.close();
      }
      await jest.advanceTimersByTimeAsync(13_000);
      expect(reads).toBeGreaterThan(0);
    },
  );

  test('as in a network that drops its packets, polls are read by HTTP', async () => {
    connect();
    const states: LiveState[] = [];
    live.onState((state) => states.push(state));
    live.watchPoll('p', () => {});
    await jest.advanceTimersByTimeAsync(10_500);
    expect(states).toEqual(['connecting', 'polling']);
    expect(reads).toBe(1);
    await jest.advanceTimersByTimeAsync(40_000);
    expect(FakeSocket.all.length).toBeGreaterThan(2);
    expect(states).toEqual(['connecting', 'polling']);
    expect(reads).toBeGreaterThan(10);
  });

  test('as behind a proxy that refuses it, polls are read by HTTP until one opens', async () => {
    connect();
    const states: LiveState[] = [];
    live.onState((state) => states.push(state));
    live.watchPoll('p', () => {});
    for (let tries = 0; tries < 3; tries += 1) {
      await jest.advanceTimersByTimeAsync(2_000);
      FakeSocket.last.close();
    }
    expect(states).toEqual(['connecting', 'polling']);
    await turn();
    expect(reads).toBeGreaterThan(0);
    await jest.advanceTimersByTimeAsync(30_000);
    // The last attempt may have timed out.
    while (FakeSocket.last.readyState !== 0) await jest.advanceTimersByTimeAsync(1_000);
    FakeSocket.last.open();
    const before = reads;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)).not.toBe('polling');
    expect(reads).toBe(before);
  });
});

describe('a poll with more viewers than updates can reach', () => {
  const EVERY_MS = 2_000;
  const follow = { url: 'https://cdn/polls/p', every_ms: EVERY_MS };
  const readsOf = (urls: string[]) => urls.filter((url) => url === follow.url).length;
  let urls: string[];
  let next: () => Promise<Poll>;

  /** Subscribed, and told to read the poll itself. */
  async function following(): Promise<FakeSocket> {
    urls = [];
    next = async () => poll(urls.length + 1);
    const readPoll = (url: string) => {
      urls.push(url);
      return next();
    };
    const getPoll = () => Promise.reject(new Error('Read as others see it.'));
    connect({ http: { getPoll, readPoll, getVote } });
    return opened();
  }

  const told = (socket: FakeSocket, more: object = { follow }) =>
    socket.say({ type: 'POLL_INIT', poll: poll(), viewers: 50_000, request_id: 'p', ...more });

  test('is read from its URL, first at a moment of its own, then as often as told', async () => {
    const socket = await following();
    const seen: PollState[] = [];
    live.watchPoll('p', (state) => seen.push(state));
    told(socket);
    await jest.advanceTimersByTimeAsync(EVERY_MS / 2);
    expect(readsOf(urls)).toBe(1);
    await jest.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(readsOf(urls)).toBe(6);
    expect(seen.at(-1)).toMatchObject({ viewers: 50_000, poll: { version: 7 } });
  });

  test('is not read if its watch ended before the answer', async () => {
    const socket = await following();
    live.watchPoll('p', () => {})();
    told(socket);
    await jest.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(urls).toEqual([]);
  });

  test('is read from its URL still while the socket fails', async () => {
    const socket = await following();
    live.watchPoll('p', () => {});
    told(socket);
    await jest.advanceTimersByTimeAsync(EVERY_MS);
    socket.close();
    for (let tries = 0; tries < 5; tries += 1) {
      await jest.advanceTimersByTimeAsync(EVERY_MS);
      FakeSocket.last.close();
    }
    const before = readsOf(urls);
    await jest.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(readsOf(urls)).toBeGreaterThan(before + 3);
  });

  test('is pushed again when the server says so', async () => {
    const socket = await following();
    live.watchPoll('p', () => {});
    told(socket);
    await jest.advanceTimersByTimeAsync(EVERY_MS);
    const before = urls.length;
    expect(before).toBe(1);
    socket.say({ type: 'POLL_INIT', poll: poll(9), viewers: 9 });
    await jest.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(urls).toHaveLength(before);
  });

  test('is not read without a watcher, twice after a restarted watch, or after the end', async () => {
    const socket = await following();
    const stop = live.watchPoll('p', () => {});
    told(socket);
    stop();
    const again = live.watchPoll('p', () => {});
    socket.say({ type: 'UNSUBSCRIBED', poll_id: 'p', request_id: 'p' });
    told(socket);
    await jest.advanceTimersByTimeAsync(4 * EVERY_MS);
    expect(urls.length).toBeGreaterThanOrEqual(3);
    expect(urls.length).toBeLessThanOrEqual(5);
    again();
    const before = urls.length;
    await jest.advanceTimersByTimeAsync(4 * EVERY_MS);
    live.watchPoll('p', () => {});
    socket.say({ type: 'UNSUBSCRIBED', poll_id: 'p', request_id: 'p' });
    told(socket);
    live.close();
    await jest.advanceTimersByTimeAsync(4 * EVERY_MS);
    expect(urls).toHaveLength(before);
  });

  test('is read more rarely once it is final, and not once it is deleted', async () => {
    const socket = await following();
    const seen: PollState[] = [];
    live.watchPoll('p', (state) => seen.push(state));
    next = async () => ({ ...poll(urls.length + 1), is_final: true });
    told(socket);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(urls).toHaveLength(1);
    next = () => Promise.reject(new ApiError(404, 'poll_not_found'));
    await jest.advanceTimersByTimeAsync(300_000);
    expect(urls).toHaveLength(2);
    expect(seen.at(-1)?.deleted).toBe(true);
  });

  describe('pings', () => {
    const MINUTE_MS = 60_000;

    test('once in eight minutes, which keeps an idle connection', async () => {
      const socket = await following();
      live.watchPoll('p', () => {});
      told(socket);
      for (let times = 0; times < 3; times += 1) {
        await jest.advanceTimersByTimeAsync(7 * MINUTE_MS);
        expect(socket.actions()).toEqual(['subscribe', ...Array(times).fill('ping')]);
        await jest.advanceTimersByTimeAsync(MINUTE_MS);
        expect(socket.actions()).toEqual(['subscribe', ...Array(times + 1).fill('ping')]);
        socket.say({ type: 'PONG' });
      }
      expect(FakeSocket.all).toEqual([socket]);
      await jest.advanceTimersByTimeAsync(8 * MINUTE_MS + 5_000);
      expect(FakeSocket.all.length).toBeGreaterThan(1);
    });

    const reasons: Record<string, (socket: FakeSocket) => unknown> = {
      'is pushed again': (socket) => socket.say({ type: 'POLL_INIT', poll: poll(9), viewers: 9 }),
      'has a board beside it': () => live.watchLeaderboard(() => {}),
      'has a second, pushed poll beside it': () => live.watchPoll('q', () => {}),
      'waits for a vote': () => live.voteLive('p', 'ada', { option_id: 'o' }).catch(() => {}),
    };
    for (const [reason, act] of Object.entries(reasons)) {
      test(`within 10 seconds again if it ${reason}, so that a dead connection is noticed`, async () => {
        const socket = await following();
        live.watchPoll('p', () => {});
        told(socket);
        await jest.advanceTimersByTimeAsync(MINUTE_MS);
        expect(FakeSocket.all).toEqual([socket]);
        act(socket);
        await jest.advanceTimersByTimeAsync(15_000);
        expect(socket.actions()).toContain('ping');
        expect(FakeSocket.all.length).toBeGreaterThan(1);
      });
    }
  });

  test('is read later where the server asks for time', async () => {
    const socket = await following();
    live.watchPoll('p', () => {});
    next = () => Promise.reject(new ApiError(503, 'unavailable', '', { retryAfter: 60 }));
    told(socket);
    await jest.advanceTimersByTimeAsync(59_000);
    expect(urls).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(urls).toHaveLength(2);
  });
});
