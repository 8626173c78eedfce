import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ApiError } from '../../../lib/client/apiError.ts';
import { type LiveVotes, liveVotes } from '../../../lib/client/liveVotes.ts';
import type { VoteStatusMessage, VoteStatusResponse } from '../../../lib/contract/messageTypes.ts';

const status = (status: 'accepted' | 'counted') =>
  ({ type: 'VOTE_STATUS', status, receipt: 'r', poll_id: 'p' }) as VoteStatusMessage;

let votes: LiveVotes;
let answers: (VoteStatusResponse['status'] | ApiError)[];
let lookUps: string[];

async function getVote(receipt: string): Promise<VoteStatusResponse> {
  lookUps.push(receipt);
  const answer = answers.shift() ?? 'accepted';
  if (answer instanceof ApiError) throw answer;
  return { status: answer, poll_id: 'p' };
}

beforeEach(() => {
  jest.useFakeTimers();
  lookUps = [];
  answers = [];
  votes = liveVotes(getVote);
});
afterEach(() => {
  jest.useRealTimers();
});

test('a vote without an answer fails after ten seconds, because a failed function does not name its request', async () => {
  const failed = expect(votes.add('vote:1')).rejects.toMatchObject({ code: 'connection_lost' });
  await jest.advanceTimersByTimeAsync(10_000);
  await failed;
});

test('an accepted vote waits for its outcome as long as that takes', async () => {
  const vote = votes.add('vote:1');
  votes.tell('vote:1', status('accepted'));
  const { settled } = await vote;
  await jest.advanceTimersByTimeAsync(60_000);
  votes.tell('vote:1', status('counted'));
  expect(await settled).toMatchObject({ status: 'counted' });
});

test('an outcome whose message is lost is looked up after ten seconds', async () => {
  answers = ['counted'];
  const vote = votes.add('vote:1');
  votes.tell('vote:1', status('accepted'));
  const { settled } = await vote;
  await jest.advanceTimersByTimeAsync(9_999);
  expect(lookUps).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(await settled).toEqual(status('counted'));
  expect([lookUps, votes.count()]).toEqual([['r'], 0]);
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(lookUps).toHaveLength(1);
});

test('a vote that counted until the voter changed it is counted', async () => {
  answers = ['replaced'];
  const vote = votes.add('vote:1');
  votes.tell('vote:1', status('accepted'));
  await jest.advanceTimersByTimeAsync(10_000);
  expect(await (await vote).settled).toMatchObject({ status: 'counted' });
});

test('look-ups become rare while the vote is on its way, and go on after failures that pass', async () => {
  answers = [new ApiError(503, 'unavailable')];
  const vote = votes.add('vote:1');
  votes.tell('vote:1', status('accepted'));
  const { settled } = await vote;
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(lookUps).toHaveLength(8);
  votes.tell('vote:1', status('counted'));
  expect(await settled).toEqual(status('counted'));
});

test('a receipt that the server does not know ends the wait', async () => {
  answers = [new ApiError(404, 'receipt_not_found')];
  const vote = votes.add('vote:1');
  votes.tell('vote:1', status('accepted'));
  const failed = expect((await vote).settled).rejects.toMatchObject({ code: 'receipt_not_found' });
  await jest.advanceTimersByTimeAsync(10_000);
  await failed;
  expect(votes.count()).toBe(0);
});

test('without its connection, a vote is not looked up', async () => {
  const vote = votes.add('vote:1');
  votes.tell('vote:1', status('accepted'));
  const failed = expect((await vote).settled).rejects.toMatchObject({ code: 'connection_lost' });
  votes.stop();
  await failed;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(lookUps).toEqual([]);
});
