import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import type { VoteStatusResponse } from '../../lib/contract/messageTypes.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

/** Votes count for new words within this time. */
const VOTING_AGAIN_MS = 3_000;
const POLLS = 20;
const VOTERS = 4;
const SWAPS = 3;
const TEST_MS = 120_000;

let system: System;
let client: ReturnType<typeof api>;
let voters = 0;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

const read = async ({ id }: Poll) => (await client.get<Poll>(`/polls/${id}`)).body;
const yesOf = ({ options }: Poll) => options.find(({ option_text }) => option_text === 'Yes');
const yesNo = () => client.makePoll({ question: 'Yes or no?', options: ['Yes', 'No'] });
const reword = ({ id, admin_token }: MadePoll, options: string[]) =>
  client.send<Poll>('PATCH', `/polls/${id}`, { options }, { authorization: `Bearer ${admin_token}` });

/** Swaps the options, and waits until readers see it, which is before votes for the new words count. */
async function beginToSwap(poll: MadePoll): Promise<() => Promise<unknown>> {
  const swapping = reword(poll, ['No', 'Yes']);
  await until(async () => expect((await read(poll)).options[0]?.option_text).toBe('No'), 10_000);
  return () => swapping;
}

test('a vote while its poll is being reworded is rejected as poll_changed on every way, and soon votes count again', async () => {
  const poll = await yesNo();
  const viewer = await openWebSocket(system.wsUrl);
  // Casting remembers the old words from now on.
  expect((await client.vote(poll.id, { user_id: 'ada', option_id: 'nonsense' })).status).toBe(422);
  const begun = performance.now();
  const swapped = await beginToSwap(poll);
  const option_id = optionOf(poll);
  const vote = () =>
    client.voteAndWait<{ code?: string }>(poll.id, { user_id: `voter ${voters++}`, option_id });

  const byHttp = await vote();
  expect(byHttp).toMatchObject({ status: 409, body: { code: 'poll_changed' } });
  const { receipt } = (await client.vote(poll.id, { user_id: 'ada', option_id })).body;
  const told = await viewer.ask({ action: 'vote', poll_id: poll.id, user_id: 'bob', option_id });
  expect(told).toMatchObject({ type: 'VOTE_STATUS', status: 'accepted' });
  expect(await viewer.next('VOTE_STATUS', ({ status }) => status !== 'accepted')).toMatchObject({
    status: 'rejected',
    reason: 'poll_changed',
  });
  const rejected = { status: 'rejected', reason: 'poll_changed', poll_id: poll.id };
  await until(async () => expect((await client.get(`/votes/${receipt}`)).body).toEqual(rejected), 10_000);

  let answer = byHttp;
  while (answer.status === 409) answer = await vote();
  expect(performance.now() - begun).toBeLessThan(VOTING_AGAIN_MS);
  expect(answer.status).toBe(200);
  await swapped();
  expect((await client.voteAndWait(poll.id, { user_id: 'ada', option_id })).status).toBe(200);
  expect((await read(poll)).options).toMatchObject([
    { option_text: 'No', vote_count: 2 },
    { option_text: 'Yes', vote_count: 0 },
  ]);
  await viewer.close();
});

/** Reads the poll and votes for what it says then, again and again. @returns the receipts */
async function voteYes(poll: MadePoll, isOver: () => boolean): Promise<string[]> {
  const receipts: string[] = [];
  while (!isOver()) {
    const option_id = yesOf(await read(poll))?.option_id;
    const { status, body } = await client.vote(poll.id, { user_id: `voter ${voters++}`, option_id });
    expect(status).toBe(202);
    receipts.push(body.receipt);
    await delay(Math.random() * 200);
  }
  return receipts;
}

/** Swaps the options while nothing is counted. @returns how often */
async function swapAgainAndAgain(poll: MadePoll): Promise<number> {
  for (let swaps = 0; swaps < SWAPS; swaps += 1) {
    await delay(Math.random() * 30);
    const answer = await reword(poll, swaps % 2 === 0 ? ['No', 'Yes'] : ['Yes', 'No']);
    if (answer.status !== 200) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'has_votes' } });
      return swaps;
    }
  }
  return SWAPS;
}

test(
  'every vote counts for the words that its voter saw or is rejected, while owners swap the options',
  async () => {
    const outcomes = new Map<string, number>();
    let swaps = 0;
    const tryOne = async () => {
      const poll = await yesNo();
      let isOver = false;
      const [done, ...receipts] = await Promise.all([
        swapAgainAndAgain(poll).finally(() => {
          isOver = true;
        }),
        ...Array.from({ length: VOTERS }, () => voteYes(poll, () => isOver)),
      ]);
      swaps += done;
      let counted = 0;
      for (const receipt of receipts.flat()) {
        const { status, reason } = await until(async () => {
          const { body } = await client.get<VoteStatusResponse>(`/votes/${receipt}`);
          expect(body.status).not.toBe('accepted');
          return body;
        }, 20_000);
        const outcome = reason ?? status;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (status === 'counted') counted += 1;
      }
      const { options, total_votes } = await read(poll);
      const votes = Object.fromEntries(options.map((one) => [one.option_text, one.vote_count]));
      expect([votes, total_votes]).toEqual([{ Yes: counted, No: 0 }, counted]);
    };
    for (let at = 0; at < POLLS; at += 5) await Promise.all(Array.from({ length: 5 }, tryOne));
    expect([...outcomes.keys()].sort()).toEqual(['counted', 'poll_changed']);
    expect(swaps).toBeGreaterThan(0);
  },
  TEST_MS,
);
