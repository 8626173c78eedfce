import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BoardEntry } from '../../lib/domain/leaderboard.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { type Accepted, api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { untilTrue } from '../support/untilTrue.ts';

let system: System;
let client: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

const read = async (id: string) => (await client.get<Poll>(`/polls/${id}`)).body;

async function counts(id: string): Promise<(number | null)[]> {
  const poll = await read(id);
  return [...poll.options.map((option) => option.vote_count), poll.total_votes];
}

async function statusOf(receipt: string): Promise<Record<string, unknown>> {
  return (await client.get<Record<string, unknown>>(`/votes/${receipt}`)).body;
}

async function settled(receipt: string): Promise<Record<string, unknown>> {
  await untilTrue(async () => (await statusOf(receipt))['status'] !== 'accepted');
  return statusOf(receipt);
}

describe('POST /polls/{id}/vote', () => {
  test('accepts a vote with a receipt that later reports counted', async () => {
    const poll = await client.makePoll();
    const { status, body } = await client.vote(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
    expect(status).toBe(202);
    expect(body).toEqual({
      status: 'accepted',
      receipt: expect.stringMatching(/^[\w.-]+$/),
      poll_id: poll.id,
    });
    expect(await settled(body.receipt)).toEqual({ status: 'counted', poll_id: poll.id });
    expect(await counts(poll.id)).toEqual([1, 0, 1]);
  });

  test('waits for the count on request, and reports counted', async () => {
    const poll = await client.makePoll();
    const ballot = { user_id: 'anna', option_id: optionOf(poll) };
    const { status, headers, body } = await client.vote(poll.id, ballot, {
      prefer: 'respond-async, wait=60',
    });
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe('wait=10');
    expect(body).toEqual({ status: 'counted', receipt: expect.any(String), poll_id: poll.id });
  });

  test('answers at once if the Prefer header is malformed', async () => {
    const poll = await client.makePoll();
    const ballot = { user_id: 'anna', option_id: optionOf(poll) };
    const { status, headers } = await client.vote(poll.id, ballot, { prefer: 'wait=soon' });
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBeNull();
  });

  test('rejects the second vote of a voter, also when it is repeated', async () => {
    const poll = await client.makePoll();
    const first = { user_id: 'anna', option_id: optionOf(poll) };
    const second = { user_id: 'anna', option_id: optionOf(poll, 1) };
    await client.voteAndWait(poll.id, first);
    for (const ballot of [first, second]) {
      const { status, body } = await client.voteAndWait(poll.id, ballot);
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'already_voted', status: 409 });
    }
    const { receipt } = (await client.vote(poll.id, second)).body;
    expect(await settled(receipt)).toEqual({ status: 'rejected', reason: 'already_voted', poll_id: poll.id });
    expect(await counts(poll.id)).toEqual([1, 0, 1]);
  });

  test('counts several choices as one ballot, and a repeated choice once', async () => {
    const poll = await client.makePoll({ options: ['a', 'b', 'c'], max_choices: 2 });
    const [a, c] = [optionOf(poll, 0), optionOf(poll, 2)];
    await client.voteAndWait(poll.id, { user_id: 'anna', option_ids: [c, a, c] });
    expect(await counts(poll.id)).toEqual([1, 0, 1, 1]);
  });

  test('replaces or withdraws an earlier vote if votes may change', async () => {
    const poll = await client.makePoll({ allow_change: true });
    const first = await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
    await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll, 1) });
    expect(await counts(poll.id)).toEqual([0, 1, 1]);
    expect(await statusOf(first.body.receipt)).toEqual({ status: 'replaced', poll_id: poll.id });
    expect((await client.voteAndWait(poll.id, { user_id: 'anna', option_ids: [] })).status).toBe(200);
    expect((await client.voteAndWait(poll.id, { user_id: 'ben', option_ids: [] })).status).toBe(200);
    expect(await counts(poll.id)).toEqual([0, 0, 0]);
  });

  test('treats the same user id as different voters in different polls', async () => {
    const [one, other] = [await client.makePoll(), await client.makePoll()];
    for (const poll of [one, other]) {
      const { status } = await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
      expect(status).toBe(200);
    }
  });

  test('counts each of many concurrent votes exactly once', async () => {
    const poll = await client.makePoll();
    const voters = Array.from({ length: 200 }, (_, voter) => `voter ${voter}`);
    const votes = voters.map((user_id, at) =>
      client.voteAndWait(poll.id, { user_id, option_id: optionOf(poll, at % 2) }),
    );
    expect((await Promise.all(votes)).map(({ status }) => status)).toEqual(voters.map(() => 200));
    expect(await counts(poll.id)).toEqual([100, 100, 200]);
  });

  test('checks in the order 400, 404, 409, 422', async () => {
    const open = await client.makePoll();
    const later = await client.makePoll({ opens_at: new Date(Date.now() + 60_000).toISOString() });
    const unknown = { user_id: 'anna', option_id: 'nonsense' };
    const code = async (id: string, ballot: unknown) => {
      const { status, body } = await client.vote<{ code: string }>(id, ballot);
      return [status, body.code];
    };
    expect(await code('nonsense', { user_id: 'anna' })).toEqual([400, 'invalid_request']);
    expect(await code('nonsense', unknown)).toEqual([404, 'poll_not_found']);
    expect(await code(later.id, unknown)).toEqual([409, 'poll_not_open']);
    expect(await code(open.id, unknown)).toEqual([422, 'unknown_option']);
    const both = open.options.map((option) => option.option_id);
    expect(await code(open.id, { user_id: 'anna', option_ids: both })).toEqual([422, 'too_many_choices']);
    expect(await code(open.id, { user_id: 'anna', option_ids: [] })).toEqual([422, 'empty_ballot']);
  });

  test('rejects votes after the end of the poll, also with a cached poll', async () => {
    const poll = await client.makePoll({ expired_at: new Date(Date.now() + 1_500).toISOString() });
    const ballot = (user_id: string) => ({ user_id, option_id: optionOf(poll) });
    expect((await client.vote(poll.id, ballot('anna'))).status).toBe(202);
    let answer = await client.vote<{ code: string }>(poll.id, ballot('ben'));
    while (answer.status === 202) answer = await client.vote<{ code: string }>(poll.id, ballot('ben'));
    expect([answer.status, answer.body.code]).toEqual([409, 'poll_closed']);
  });
});

describe('GET /votes/{receipt}', () => {
  test('returns 404 for an unknown receipt', async () => {
    const poll = await client.makePoll();
    const { receipt } = (await client.vote<Accepted>(poll.id, { user_id: 'anna', option_id: optionOf(poll) }))
      .body;
    const forged = [
      `${receipt}A`,
      receipt.slice(0, -1),
      receipt.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ];
    for (const one of [...forged, 'nonsense', '%00', poll.id]) {
      const { status, body } = await client.get(`/votes/${one}`);
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'receipt_not_found' });
    }
  });
});

describe('GET /leaderboard', () => {
  test('shows options with votes in descending order; ties share a rank and are ordered by age and position', async () => {
    const older = await client.makePoll({ question: 'Older?', options: ['a', 'b', 'c'] });
    const newer = await client.makePoll({ question: 'Newer?' });
    const ballots = [
      ...Array.from({ length: 300 }, () => [newer, 1] as const),
      ...Array.from({ length: 299 }, () => [older, 2] as const),
      ...Array.from({ length: 299 }, () => [older, 0] as const),
      ...Array.from({ length: 298 }, () => [newer, 0] as const),
    ];
    const votes = ballots.map(([poll, position], voter) =>
      client.voteAndWait(poll.id, { user_id: `voter ${voter}`, option_id: optionOf(poll, position) }),
    );
    await Promise.all(votes);
    const entry = (rank: number, poll: Poll, position: number, vote_count: number): BoardEntry => ({
      rank,
      poll_id: poll.id,
      poll_question: poll.question,
      option_id: optionOf(poll, position),
      option_text: poll.options[position]?.option_text ?? '',
      position,
      vote_count,
    });
    const { body } = await client.get('/leaderboard?limit=4');
    expect(body).toEqual({
      data: [
        entry(1, newer, 1, 300),
        entry(2, older, 0, 299),
        entry(2, older, 2, 299),
        entry(4, newer, 0, 298),
      ],
      timestamp: expect.stringMatching(/Z$/),
    });
  });

  test('returns 304 if it is unchanged', async () => {
    const etag = (await client.get('/leaderboard')).headers.get('etag') ?? '';
    expect((await client.get('/leaderboard', { 'if-none-match': etag })).status).toBe(304);
  });

  test.each(['0', '101', '-1', '1.5', 'ten', ''])('rejects the limit %p', async (limit) => {
    const { status, body } = await client.get(`/leaderboard?limit=${limit}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'limit', detail: expect.any(String) }],
    });
  });
});
