import { expect } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { HttpEvent, HttpResponse } from '../../../lib/http/respond.ts';
import { loadHandler } from '../lambda/loadHandler.ts';
import { httpEvent, type Request } from './httpEvent.ts';

// What a client waits at most, and some room for a machine that is busy.
export const ANSWERS_WITHIN_MS = 6_000;
const HEALTH_WITHIN_MS = 3_000;
/** `/health` may share what another request was answered a moment ago. */
const SHARED_MS = 3_000;

const NAMES = [
  ...(['createPoll', 'getPoll', 'updatePoll', 'castVote'] as const),
  ...(['getVote', 'getLeaderboard', 'getHealth'] as const),
];
const JSON_TYPE = { 'content-type': 'application/json' };

export interface MadePoll {
  id: string;
  admin_token: string;
  options: { option_id: string }[];
}

/** HTTP functions that are called directly: no emulator is between a test and their answers. */
export type HttpFunctions = Awaited<ReturnType<typeof loadHttpFunctions>>;

export async function loadHttpFunctions(env: Record<string, string | undefined>) {
  const handlers = new Map<string, (event: HttpEvent) => Promise<HttpResponse>>();
  for (const name of NAMES) {
    handlers.set(name, await loadHandler<HttpEvent, HttpResponse>(`http/${name}`, env));
  }
  let voters = 0;

  async function ask(name: (typeof NAMES)[number], request: Request = {}): Promise<HttpResponse> {
    return (handlers.get(name) as NonNullable<ReturnType<typeof handlers.get>>)(httpEvent(request));
  }

  function create(): Promise<HttpResponse> {
    const expired_at = new Date(Date.now() + 3_600_000).toISOString();
    const body = JSON.stringify({ question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expired_at });
    return ask('createPoll', { method: 'POST', headers: JSON_TYPE, body });
  }

  return {
    ask,
    create,
    makePoll: async (): Promise<MadePoll> => {
      const { statusCode, body } = await create();
      expect(statusCode).toBe(201);
      return JSON.parse(body ?? '');
    },
    read: ({ id }: MadePoll) => ask('getPoll', { pathParameters: { id } }),
    vote: ({ id, options }: MadePoll) => {
      const body = JSON.stringify({ user_id: `voter ${voters++}`, option_id: options[0]?.option_id });
      return ask('castVote', { method: 'POST', headers: JSON_TYPE, body, pathParameters: { id } });
    },
    close: ({ id, admin_token }: MadePoll) => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${admin_token}` };
      const body = JSON.stringify({ closed: true });
      return ask('updatePoll', { method: 'PATCH', headers, body, pathParameters: { id } });
    },
    expectUnhealthy: (checks: Record<string, string>) =>
      until(async () => {
        const began = Date.now();
        const { statusCode, body } = await ask('getHealth');
        expect(statusCode).toBe(503);
        expect(JSON.parse(body ?? '')).toEqual({ status: 'unavailable', checks });
        expect(Date.now() - began).toBeLessThan(HEALTH_WITHIN_MS);
      }, SHARED_MS),
    expectHealthy: () =>
      until(async () => {
        const { statusCode, body } = await ask('getHealth');
        expect(JSON.parse(body ?? '')).toEqual({ status: 'ok', checks: { postgres: 'ok', kafka: 'ok' } });
        expect(statusCode).toBe(200);
      }, SHARED_MS),
  };
}

export async function expectUnavailable(answer: Promise<HttpResponse>): Promise<void> {
  const began = Date.now();
  const { statusCode, headers, body } = await answer;
  expect(statusCode).toBe(503);
  expect(headers).toMatchObject({ 'retry-after': expect.stringMatching(/^\d+$/) });
  expect(JSON.parse(body ?? '')).toMatchObject({ status: 503, code: 'unavailable' });
  expect(Date.now() - began).toBeLessThan(ANSWERS_WITHIN_MS);
}
