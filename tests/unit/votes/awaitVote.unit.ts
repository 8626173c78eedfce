import { describe, expect, test } from '@jest/globals';
import type { VoteStatus } from '../../../lib/domain/voteStatus.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { awaitVote } from '../../../lib/votes/lookUpVote.ts';

const accepted: VoteStatus = { status: 'accepted' };
const WAIT_MS = 300;

/** Gives one answer after the other, the last one for ever. */
function answering(...answers: (VoteStatus | Error)[]) {
  let asked = 0;
  const lookUp = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? accepted;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { lookUp, asked: () => asked };
}

describe('waiting for a vote', () => {
  test('ends as soon as it is counted', async () => {
    const { lookUp, asked } = answering(accepted, accepted, { status: 'counted' });
    expect(await awaitVote(lookUp, 60_000)).toEqual({ status: 'counted' });
    expect(asked()).toBe(3);
  });

  test('ends as soon as it is rejected', async () => {
    const rejected: VoteStatus = { status: 'rejected', reason: 'already_voted' };
    expect(await awaitVote(answering(accepted, rejected).lookUp, 60_000)).toEqual(rejected);
  });

  test('ends at its timeout, with the vote still accepted', async () => {
    const began = Date.now();
    expect(await awaitVote(answering(accepted).lookUp, WAIT_MS)).toEqual(accepted);
    expect(Date.now() - began).toBeGreaterThanOrEqual(WAIT_MS - 1);
  });

  test('ends at its timeout even if the database hangs', async () => {
    const never = () => new Promise<VoteStatus>(() => {});
    expect(await awaitVote(never, WAIT_MS)).toEqual(accepted);
  });

  test('polls less and less often', async () => {
    const { lookUp, asked } = answering(accepted);
    await awaitVote(lookUp, WAIT_MS);
    expect(asked()).toBeLessThan(8);
  });

  test('survives a short outage of the database', async () => {
    const away = new UnavailableError('Postgres is away.');
    expect(await awaitVote(answering(away, away, { status: 'counted' }).lookUp, 60_000)).toEqual({
      status: 'counted',
    });
  });

  test('passes on an internal error', async () => {
    await expect(awaitVote(answering(new TypeError('a bug')).lookUp, WAIT_MS)).rejects.toThrow('a bug');
  });
});
