import { expect, test } from '@jest/globals';
import { ApiError } from '../../../lib/client/apiError.ts';
import type { Client } from '../../../lib/client/index.ts';
import { walkThrough } from '../../../lib/operators/smoke.ts';

/** An API whose first answer to a creation never arrives, though the poll is made. */
function forgetfulApi(answer: () => Promise<never>) {
  const polls = new Map<string, string>();
  const requests: unknown[] = [];
  const client = {
    createPoll: async (poll: unknown, key: string, { token }: { token?: string }) => {
      requests.push([poll, token]);
      const isFirst = polls.size === 0;
      const id = polls.get(key) ?? `poll ${polls.size}`;
      polls.set(key, id);
      return isFirst ? answer() : { id, admin_token: `token of ${id}` };
    },
    deletePoll: async (id: string, token: string) => {
      expect(token).toBe(`token of ${id}`);
      for (const [key, made] of polls) if (made === id) polls.delete(key);
    },
  };
  return { polls, requests, client: client as unknown as Client };
}

test.each([
  ['times out', () => Promise.reject(new ApiError(0, 'timeout'))],
  ['never ends', () => new Promise<never>(() => {})],
])('a poll is deleted even if the request that made it %s', async (_, answer) => {
  const { polls, requests, client } = forgetfulApi(answer);
  const steps: string[] = [];
  const isSound = await walkThrough(client, {
    stepMs: 20,
    creationKey: 'a key',
    onStep: ({ name, error }) => void steps.push(`${error === undefined ? 'ok' : 'FAILED'} ${name}`),
  });
  expect(isSound).toBe(false);
  expect(steps).toEqual(['FAILED create a poll', 'ok delete the poll']);
  expect([...polls]).toEqual([]);
  expect(requests).toHaveLength(2);
  expect(requests[1]).toEqual(requests[0]);
});
