import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCode } from '../../../lib/domain/pollCode.ts';
import type { HttpEvent, HttpResponse } from '../../../lib/http/respond.ts';
import { context, httpEvent } from '../../support/http/httpEvent.ts';

process.env['KAFKA_BROKERS'] = 'localhost:1';
process.env['VOTER_SECRET'] = 'a secret that no voter will ever see';
process.env['SIGNING_KEYS'] = 'k1:a secret that signs the receipts here';

type Handler = (event: HttpEvent, lambda: typeof context) => Promise<HttpResponse>;
const load = async (name: string): Promise<Handler> =>
  (await import(`../../../functions/http/${name}.ts`)).handler;

const types = fc.constantFrom('application/json', 'application/merge-patch+json', 'text/plain', '');
const bodies = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constant('{"question":"Why?","options":[]}'),
);
const requests = fc.record({
  method: fc.constant('POST'),
  headers: types.map((type) => ({ 'content-type': type, prefer: 'wait=1' })),
  body: bodies,
  isBase64Encoded: fc.boolean(),
});
const isUuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;
const texts = fc
  .string({ unit: 'binary' })
  .filter((text) => !isUuid.test(text) && readCode(text) === undefined);

function expectRefusal(response: HttpResponse): void {
  const problem = JSON.parse(response.body ?? '');
  expect(response.statusCode).toBeGreaterThanOrEqual(400);
  expect(response.statusCode).toBeLessThan(500);
  expect(response.headers?.['content-type']).toBe('application/problem+json');
  expect(problem).toMatchObject({ status: response.statusCode, code: expect.stringMatching(/^[a-z_]+$/) });
}

describe('a nonsensical request', () => {
  test('to create a poll is rejected', async () => {
    const createPoll = await load('createPoll');
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        expectRefusal(await createPoll(httpEvent(request), context));
      }),
      { numRuns: 300 },
    );
  });

  test('to vote is rejected', async () => {
    const castVote = await load('castVote');
    const ballot = JSON.stringify({ user_id: 'anna', option_id: 'x' });
    await fc.assert(
      fc.asyncProperty(requests, texts, fc.boolean(), async (request, id, isGoodBallot) => {
        const pathParameters = { id };
        const good = {
          ...request,
          headers: { 'content-type': 'application/json' },
          body: ballot,
          isBase64Encoded: false,
        };
        expectRefusal(
          await castVote(httpEvent({ ...(isGoodBallot ? good : request), pathParameters }), context),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('to look up a vote or to read a poll or the leaderboard is rejected', async () => {
    const getVote = await load('getVote');
    const getPoll = await load('getPoll');
    const getLeaderboard = await load('getLeaderboard');
    const limits = fc.string().filter((text) => !/^\d+$/.test(text));
    await fc.assert(
      fc.asyncProperty(texts, limits, async (text, limit) => {
        expectRefusal(await getVote(httpEvent({ pathParameters: { receipt: text } }), context));
        expectRefusal(
          await getPoll(httpEvent({ pathParameters: { id: text }, query: { receipt: text } }), context),
        );
        expectRefusal(await getLeaderboard(httpEvent({ query: { limit } }), context));
      }),
      { numRuns: 300 },
    );
  });
  test('to change or delete a poll is rejected', async () => {
    const [updatePoll, deletePoll] = [await load('updatePoll'), await load('deletePoll')];
    await fc.assert(
      fc.asyncProperty(requests, texts, texts, async (request, id, authorization) => {
        const headers = { ...request.headers, authorization };
        const event = httpEvent({ ...request, headers, pathParameters: { id } });
        expectRefusal(await updatePoll(event, context));
        expectRefusal(await deletePoll(event, context));
      }),
      { numRuns: 300 },
    );
  });
});
