import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ApiError, type ApiErrorCode } from '../../../lib/client/apiError.ts';
import { readRecord, type VoteRecord } from '../../../lib/page/views/voteRecord.ts';

interface Sender {
  send(
    ballot: object,
    report: (change: Partial<VoteRecord>) => void,
    earlier?: Promise<object>[],
  ): Promise<void>;
  follow(sent: { receipt: string }, report: (change: Partial<VoteRecord>) => void): Promise<void>;
}

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/castVote.ts';
const { LOST, VoteSender } = (await import(MODULE)) as {
  LOST: Promise<object>;
  VoteSender: new (polls: object, live: object) => Sender;
};

type Answer = () => Promise<unknown>;

const BALLOT = { pollId: 'p', voter: 'v', choice: ['tea'], isSingle: true };
const status = (given: string, reason?: string) => async () => ({
  status: given,
  ...(reason ? { reason } : {}),
});
const failing = (httpStatus: number, code: ApiErrorCode) => () =>
  Promise.reject(new ApiError(httpStatus, code));
const silent: Answer = () => new Promise(() => {});
const late =
  (answer: Answer): Answer =>
  () =>
    new Promise((resolve) => setTimeout(() => resolve(answer()), 4_000));

/** The last answer is repeated. */
const inTurn =
  (...answers: Answer[]): Answer =>
  async () =>
    (answers.length > 1 ? answers.shift() : answers[0])?.();

function sender(
  answers: Record<string, Answer[]>,
  voteLive: Answer = silent,
  vote: Answer = async () => ({ status: 'accepted', receipt: 'second' }),
) {
  const getVote = (receipt: string) => {
    const [next = status('accepted')] = answers[receipt]?.splice(0, 1) ?? [];
    return next();
  };
  const reported: Partial<VoteRecord>[] = [];
  const onState = (listener: (state: string) => void) => listener('live');
  const made = new VoteSender({ getVote, vote }, { voteLive, onState });
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
  const first = late(async () => ({ receipt: 'first', settled: status('counted')() }));
  const { made, reported, report } = sender({ second: [status('rejected', 'already_voted')] }, first);
  const sending = made.send(BALLOT, report);
  await jest.advanceTimersByTimeAsync(10_000);
  await sending;
  expect(reported.at(-2)).toEqual({ stage: 'arrived', receipt: 'first' });
  expect(reported.at(-1)).toEqual({ stage: 'counted' });
  expect(reported.map(({ stage }) => stage)).not.toContain('rejected');
});

describe('a vote that is refused because voting has ended', () => {
  const closed = failing(409, 'poll_closed');
  const away = failing(503, 'unavailable');
  const taken: Answer = async () => ({ receipt: 'first', settled: status('counted')() });
  const accepted: Answer = async () => ({ status: 'accepted', receipt: 'second' });

  async function ends(bySocket: Answer, byHttp: Answer, earlier?: Promise<object>[]) {
    const looked = { second: [status('rejected', 'poll_closed')] };
    const { made, reported, report } = sender(looked, bySocket, byHttp);
    const sending = made.send(BALLOT, report, earlier);
    await jest.advanceTimersByTimeAsync(20_000);
    await sending;
    const { stage, reason } = reported.at(-1) ?? {};
    return { end: reason ? `${stage}: ${reason}` : stage, stages: reported.map(({ stage: one }) => one) };
  }

  test.each<[string, Answer, Answer, string]>([
    ['the socket is late with the receipt', late(taken), closed, 'counted'],
    ['the socket is late, and a retry is refused', late(taken), inTurn(away, closed), 'counted'],
    ['the socket is late, and the repetition is rejected when counted', late(taken), accepted, 'counted'],
    ['the socket stays silent', silent, closed, 'unknown'],
    ['the connection is lost after the vote', failing(0, 'connection_lost'), closed, 'unknown'],
    ['an attempt before may have landed', inTurn(away, closed), closed, 'unknown'],
    ['the socket is late with the same refusal', late(closed), closed, 'rejected: poll_closed'],
    ['the socket refuses it', closed, silent, 'rejected: poll_closed'],
  ])('where %s, has the fate that is known of it', async (_, bySocket, byHttp, end) => {
    const seen = await ends(bySocket, byHttp);
    expect(seen.end).toBe(end);
    expect(seen.stages.slice(0, -1)).not.toContain('rejected');
  });

  test('after a reload while it was on its way, may have arrived before', async () => {
    expect((await ends(closed, silent, [LOST])).end).toBe('unknown');
  });

  test('without a connection was sent over HTTP alone, so its refusal is certain', async () => {
    const reported: Partial<VoteRecord>[] = [];
    const made = new VoteSender({ vote: closed }, { onState: () => {}, voteLive: silent });
    const sending = made.send(BALLOT, (change) => void reported.push(change));
    await jest.advanceTimersByTimeAsync(10_000);
    await sending;
    expect(reported).toEqual([{ stage: 'rejected', reason: 'poll_closed' }]);
  });
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
