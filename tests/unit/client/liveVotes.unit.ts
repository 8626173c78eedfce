import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type LiveVotes, liveVotes } from '../../../lib/client/liveVotes.ts';
import type { VoteStatusMessage } from '../../../lib/contract/messageTypes.ts';

const status = (status: 'accepted' | 'counted') =>
  ({ type: 'VOTE_STATUS', status, receipt: 'r', poll_id: 'p' }) as VoteStatusMessage;

let votes: LiveVotes;
beforeEach(() => {
  jest.useFakeTimers();
  votes = liveVotes();
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
