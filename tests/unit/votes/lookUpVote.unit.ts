import { describe, expect, test } from '@jest/globals';
import { BadTokenError, RefusedError } from '../../../lib/errors.ts';
import { readBallot } from '../../../lib/http/readBody.ts';
import type { FrameEvent } from '../../../lib/realtime/frames/readFrame.ts';
import { readVote } from '../../../lib/realtime/frames/readVote.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';

/** Tokens that are the name of their voter, behind a word. */
async function identify(token: string | undefined): Promise<string> {
  if (token === undefined) throw new RefusedError('unauthorized', 'No token.');
  const [, name] = /^I am (\w+)$/.exec(token) ?? [];
  if (name === undefined) throw new BadTokenError('it is nonsense');
  return name;
}

describe('a vote by HTTP', () => {
  const vote = (body: unknown, authorization?: string, withToken = true) => {
    const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
    const event = httpEvent({ method: 'POST', headers, body: JSON.stringify(body) });
    return readBallot(event, withToken ? identify : undefined);
  };

  test('belongs to the voter of its token', async () => {
    expect(await vote({ option_id: 'x' }, 'Bearer I am anna')).toEqual({ userId: 'anna', optionIds: ['x'] });
  });

  test('belongs to its user id if there are no tokens, whatever the header', async () => {
    const ballot = { user_id: 'ben', option_id: 'x' };
    expect(await vote(ballot, 'Bearer I am anna', false)).toEqual({ userId: 'ben', optionIds: ['x'] });
    await expect(vote({ option_id: 'x' }, 'Bearer I am anna', false)).rejects.toThrow('user_id: is missing.');
  });

  test('is rejected for its token before its body, and for a user id beside the token', async () => {
    for (const header of [undefined, 'Basic I am anna', 'Bearer nonsense']) {
      await expect(vote('no ballot', header)).rejects.toMatchObject({ code: 'unauthorized' });
    }
    const named = vote({ user_id: 'anna', option_id: 'x' }, 'Bearer I am anna');
    await expect(named).rejects.toMatchObject({ code: 'invalid_request', fields: [{ field: 'user_id' }] });
  });
});

describe('a vote over WebSocket', () => {
  const vote = (more: object, connectionToken?: string, withToken = true) => {
    const fields = { action: 'vote', poll_id: 'p', option_id: 'x', ...more };
    const authorizer = connectionToken === undefined ? {} : { token: connectionToken };
    const event = { frame: { fields }, requestContext: { authorizer } } as unknown as FrameEvent;
    return readVote(event, withToken ? identify : undefined);
  };
  const of = (userId: string) => ({
    pollId: 'p',
    ballot: expect.objectContaining({ userId, optionIds: ['x'] }),
  });

  test('belongs to the voter of its own token, or else of its connection’s token', async () => {
    expect(await vote({ token: 'I am anna' })).toEqual(of('anna'));
    expect(await vote({}, 'I am ben')).toEqual(of('ben'));
    expect(await vote({ token: 'I am anna' }, 'I am ben')).toEqual(of('anna'));
  });

  test('belongs to its user id if there are no tokens', async () => {
    expect(await vote({ user_id: 'cleo', token: 'I am anna' }, undefined, false)).toEqual(of('cleo'));
  });

  test('is rejected without a token, and with an invalid one even on a connection with a valid one', async () => {
    await expect(vote({})).rejects.toMatchObject({ code: 'unauthorized' });
    for (const token of ['', 'nonsense']) {
      await expect(vote({ token }, 'I am ben')).rejects.toThrow(BadTokenError);
    }
    const named = vote({ user_id: 'anna' }, 'I am anna');
    await expect(named).rejects.toMatchObject({ code: 'invalid_request', fields: [{ field: 'user_id' }] });
    await expect(vote({ token: 7 })).rejects.toMatchObject({ fields: [{ field: 'token' }] });
  });
});
