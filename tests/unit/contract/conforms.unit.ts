import { describe, expect, test } from '@jest/globals';
import { handler as notFound } from '../../../functions/http/notFound.ts';
import type { ServerMessage } from '../../../lib/contract/messageTypes.ts';
import { expectConforms, expectMessageConforms } from '../../support/http/conforms.ts';
import { context, httpEvent } from '../../support/http/httpEvent.ts';

const ID = '0190a5d8-c0de-7000-8000-00000000abcd';
const everyAnswer = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' };

function answer(body: unknown, status = 200, headers: Record<string, string> = {}) {
  const all = { ...everyAnswer, 'content-type': 'application/json', ...headers };
  return { status, headers: new Headers(all), body };
}

const vote = { status: 'counted', poll_id: ID };
const problem = {
  type: '/openapi.json#/x-problems/poll_not_found',
  title: 'Not Found',
  status: 404,
  detail: 'No.',
  code: 'poll_not_found',
};
const asProblem = { 'content-type': 'application/problem+json' };

describe('an HTTP response', () => {
  test('conforms if status, headers, type and body are as described', () => {
    expectConforms(answer(vote), 'GET', '/votes/abc');
    expectConforms(answer(problem, 404, asProblem), 'GET', `/polls/${ID}?receipt=x`);
    expectConforms(answer('', 304, { etag: '"x"' }), 'GET', '/leaderboard');
  });

  test('conforms for an unknown path or method', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['DELETE', '/leaderboard'],
    ] as const) {
      const { statusCode = 0, headers, body = '' } = await notFound(httpEvent({ method, path }), context);
      const said = { status: statusCode, headers: new Headers(headers as Record<string, string>) };
      expectConforms({ ...said, body: JSON.parse(body) }, method, path);
    }
  });

  test.each([
    ['a field that is not described', answer({ ...vote, voter: 'anna' })],
    ['a field that is missing', answer({ status: 'counted' })],
    ['a value that is not described', answer({ ...vote, status: 'lost' })],
    ['a status that is not described', answer(vote, 201)],
    ['a type that is not described', answer(vote, 200, { 'content-type': 'text/plain' })],
    ['a code of another status', answer({ ...problem, code: 'poll_closed' }, 404, asProblem)],
    ['a code of another route', answer(problem, 404, asProblem)],
    [
      'no header for other pages',
      { ...answer(vote), headers: new Headers({ 'content-type': 'application/json' }) },
    ],
  ])('does not conform with %s', (_, wrong) => {
    expect(() => expectConforms(wrong, 'GET', '/votes/abc')).toThrow('faults');
  });
});

describe('a message', () => {
  const update: ServerMessage = {
    type: 'POLL_UPDATE',
    poll_id: ID,
    version: 2,
    total_votes: 1,
    vote_counts: [1, 0],
    viewers: 3,
  };

  test('conforms if it is as described', () => {
    expectMessageConforms(update);
    expectMessageConforms({ ...update, version: null, total_votes: null, vote_counts: null });
    expectMessageConforms({ type: 'PONG', request_id: '1' });
  });

  test.each([
    ['a field that is not described', { ...update, request_id: '1' }],
    ['a field that is missing', { type: 'POLL_DELETED' }],
    ['a type that is not described', { type: 'HELLO' }],
    ['a code that is not described', { type: 'ERROR', code: 'oops', detail: 'Oops.' }],
  ])('does not conform with %s', (_, wrong) => {
    expect(() => expectMessageConforms(wrong)).toThrow('faults');
  });
});
