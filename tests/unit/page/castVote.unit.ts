import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ApiError } from '../../../lib/client/apiError.ts';
import { readRecord, type VoteRecord } from '../../../lib/page/views/voteRecord.ts';

interface Sender {
  send(ballot: object, report: (change: Partial<VoteRecord>) => void): Promise<void>;
  follow(sent: { receipt: string }, report: (change: Partial<VoteRecord>) => void): Promise<void>;
}

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/castVote.ts';
const { VoteSender } = (await import(MODULE)) as { VoteSender: new (polls: object, live: object) => Sender };

type Answer = () => Promise<unknown>;

const BALLOT = { pollId: 'p', voter: 'v', choice: ['tea'], isSingle: true };
const status = (given: string, reason?: string) => async () => ({
  status: given,
  ...(reason ? { reason } : {}),
});
const failing =
  (httpStatus: number, code: 'internal_error' | 'invalid_response' | 'receipt_not_found') => () =>
    Promise.reject(new ApiError(httpStatus, code));

function sender(answers: Record<string, Answer[]>, voteLive: Answer = () => new Promise(() => {})) {
  const getVote = (receipt: string) => {
    const [next = status('accepted')] = answers[receipt]?.splice(0, 1) ?? [];
    return next();
  };
  const polls = { getVote, vote: async () => ({ status: 'accepted', receipt: 'second' }) };
  const reported: Partial<VoteRecord>[] = [];
  const made = new VoteSender(polls, { voteLive });
  return { made, reported, report: (change: Partial<VoteRecord>) => void reported.push(change) };
}

/** What waits for the network to return. */
let network: EventTarget;
let added: AbortSignal[];

beforeEach(() => {
  jest.useFakeTimers();
  network = new EventTarget();
  added = [];
  // A browser has it; the page goes on at once when the network returns.
  Object.assign(globalThis, {
    addEventListener: (type: string, listener: () => void, options: { signal: AbortSignal }) => {
      network.addEventListener(type, listener, options);
      added.push(options.signal);
    },
  });
});
afterEach(() => {
  jest.useRealTimers();
  Reflect.deleteProperty(globalThis, 'addEventListener');
});

test('an error says nothing about a vote: it is looked up until its status is known', async () => {
  const { made, reported, report } = sender({
    r: [
      failing(500, 'internal_error'),
      failing(200, 'invalid_response'),
      status('accepted'),
      status('counted'),
    ],
  });
  const following = made.follow({ receipt: 'r' }, report);
  await jest.advanceTimersByTimeAsync(30_000);
  await following;
  expect(reported).toEqual([{ stage: 'counted' }]);
});

test('a receipt that the server no longer knows changes nothing', async () => {
  const { made, reported, report } = sender({ r: [failing(404, 'receipt_not_found')] });
  const following = made.follow({ receipt: 'r' }, report);
  await jest.advanceTimersByTimeAsync(1_000);
  await following;
  expect(reported).toEqual([]);
});

test('if the socket answers late, the vote that counts is followed, not its repetition', async () => {
  const late = async () => {
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    return { receipt: 'first', settled: status('counted')() };
  };
  const { made, reported, report } = sender({ second: [status('rejected', 'already_voted')] }, late);
  const sending = made.send(BALLOT, report);
  await jest.advanceTimersByTimeAsync(10_000);
  await sending;
  expect(reported.at(-2)).toEqual({ receipt: 'first' });
  expect(reported.at(-1)).toEqual({ stage: 'counted' });
  expect(reported.map(({ stage }) => stage)).not.toContain('rejected');
});

test('a record keeps the counted vote that it changes', () => {
  const record: VoteRecord = {
    voter: 'v',
    choice: ['coffee'],
    stage: 'sending',
    before: { choice: ['tea'], receipt: 'r' },
  };
  expect(readRecord(JSON.stringify(record))).toEqual(record);
  for (const before of [null, 7, {}, { choice: 'tea', receipt: 'r' }, { choice: [1], receipt: 'r' }]) {
    expect(readRecord(JSON.stringify({ ...record, before }))?.before).toBeUndefined();
  }
});

test('a pause leaves no listener behind, and ends when the network returns', async () => {
  const { made, reported, report } = sender({ r: Array.from({ length: 9 }, () => status('accepted')) });
  const following = made.follow({ receipt: 'r' }, report);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(added.filter(({ aborted }) => !aborted)).toHaveLength(1);
  for (let look = 0; look < 10; look++) {
    network.dispatchEvent(new Event('online'));
    await jest.advanceTimersByTimeAsync(0);
  }
  expect(added.length).toBeGreaterThan(10);
  expect(reported).toEqual([]);
  void following;
});

test('a server that asks for time gets it, even if the network returns', async () => {
  let tries = 0;
  const busy = new ApiError(503, 'unavailable', undefined, { retryAfter: 60 });
  const { made, reported, report } = sender({}, () => {
    tries += 1;
    return Promise.reject(busy);
  });
  void made.send(BALLOT, report);
  await jest.advanceTimersByTimeAsync(0);
  network.dispatchEvent(new Event('online'));
  await jest.advanceTimersByTimeAsync(59_000);
  expect(tries).toBe(1);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(tries).toBe(2);
  expect(reported).toEqual([{ stage: 'unsent' }, { stage: 'unsent' }]);
});
