import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Poll } from '../../lib/domain/poll.ts';
import type { BallotPage, Results } from '../../lib/domain/results.ts';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SOON_MS = 60_000;

let system: System;
let client: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

const good = () => ({
  question: ' Tea or coffee? ',
  options: ['Tea', ' Cafe\u0301 '],
  expired_at: new Date(Date.now() + SOON_MS).toISOString(),
});

describe('POST /polls', () => {
  test('creates a poll with all of its fields, and shows the owner token only in this response', async () => {
    const request = good();
    const { status, headers, body } = await client.send<MadePoll>('POST', '/polls', request);
    const { admin_token, ...poll } = body;
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/polls/${poll.id}`);
    expect(poll).toEqual({
      id: expect.stringMatching(UUID_V7),
      code: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{6}$/),
      question: 'Tea or coffee?',
      status: 'open',
      options: [
        { option_id: expect.stringMatching(UUID_V7), option_text: 'Tea', position: 0, vote_count: 0 },
        { option_id: expect.stringMatching(UUID_V7), option_text: 'Café', position: 1, vote_count: 0 },
      ],
      total_votes: 0,
      max_choices: 1,
      allow_change: false,
      results_visibility: 'always',
      listed: true,
      created_at: expect.stringMatching(UTC_TIME),
      opens_at: null,
      expired_at: request.expired_at,
      closed_at: null,
      is_final: false,
      version: expect.any(Number),
    });
    expect(admin_token).toMatch(/^[\w.-]{20,}$/);
    expect((await client.get(`/polls/${poll.id}`)).body).toEqual(poll);
  });

  test('stores the rules about choices, changes, visibility and opening', async () => {
    const opens_at = new Date(Date.now() + SOON_MS / 2).toISOString();
    const said = { max_choices: 2, allow_change: true, results_visibility: 'after_vote', opens_at };
    const poll = await client.makePoll(said);
    expect(poll).toMatchObject({ ...said, status: 'scheduled', total_votes: null, version: null });
    const { admin_token, ...shown } = poll;
    expect((await client.get(`/polls/${poll.id}`)).body).toEqual(shown);
  });

  test('accepts times with any offset, and treats an opening in the past as now', async () => {
    const poll = await client.makePoll({
      opens_at: '2020-01-01T00:00:00Z',
      expired_at: '2029-06-01T02:00:00+02:00',
    });
    expect(poll).toMatchObject({
      status: 'open',
      expired_at: '2029-06-01T00:00:00.000Z',
      opens_at: poll.created_at,
    });
  });

  test('counts `expires_in` from now, or from the opening, and repeats the same end on a retry', async () => {
    const { expired_at: _, ...request } = { ...good(), expires_in: 60 };
    const key = { 'idempotency-key': crypto.randomUUID() };
    const first = await client.send<MadePoll>('POST', '/polls', request, key);
    const { created_at, expired_at } = first.body;
    expect(Date.parse(expired_at) - Date.parse(created_at)).toBe(60_000);
    const again = await client.send<MadePoll>('POST', '/polls', request, key);
    expect([again.status, again.body]).toEqual([201, first.body]);
    const opens_at = new Date(Date.now() + SOON_MS).toISOString();
    const later = await client.send<MadePoll>('POST', '/polls', { ...request, opens_at });
    expect(Date.parse(later.body.expired_at) - Date.parse(opens_at)).toBe(60_000);
    for (const wrong of [
      { ...good(), expires_in: 60 },
      { question: 'Tea?', options: ['Yes', 'No'] },
    ])
      expect(await client.send('POST', '/polls', wrong)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      });
  });

  test('creates one poll for each Idempotency-Key, and repeats the same response on a retry', async () => {
    const [request, key] = [good(), { 'idempotency-key': crypto.randomUUID() }];
    const [first, again] = [
      await client.send<MadePoll>('POST', '/polls', request, key),
      await client.send<MadePoll>('POST', '/polls', request, key),
    ];
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    const other = await client.send('POST', '/polls', { ...request, question: 'Wine?' }, key);
    expect([other.status, other.body]).toEqual([
      422,
      expect.objectContaining({ code: 'idempotency_key_reused' }),
    ]);
  });

  test('reports every invalid field of a request', async () => {
    const wrong = { question: '', options: ['Tea', 1], expired_at: 'tomorrow', max_choices: 0 };
    const { status, headers, body } = await client.send('POST', '/polls', wrong);
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toEqual({
      type: '/openapi.json#/x-problems/invalid_request',
      title: 'Bad Request',
      status: 400,
      detail: expect.any(String),
      code: 'invalid_request',
      errors: ['question', 'options.1', 'expired_at', 'max_choices'].map((field) => ({
        field,
        detail: expect.any(String),
      })),
    });
  });

  test.each([
    ['text that is no JSON', '{"question":', 'application/json', 400, 'invalid_request'],
    ['a NUL', '{"question":"a\\u0000","options":["a","b"]}', 'application/json', 400, 'invalid_request'],
    [
      'a lone surrogate',
      '{"question":"\\ud800","options":["a","b"]}',
      'application/json',
      400,
      'invalid_request',
    ],
    ['another type', 'question=Tea', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['66 KB', JSON.stringify({ question: 'a'.repeat(66_000) }), 'application/json', 413, 'payload_too_large'],
  ])('rejects %s', async (_, body, type, status, code) => {
    const answer = await client.send('POST', '/polls', body, { 'content-type': type });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, code });
  });
});

describe('GET /polls/{id}/results', () => {
  test('returns JSON or CSV on request, and 304 if it is unchanged', async () => {
    const poll = await client.makePoll({ question: '=1+1', options: ['Tea', 'Coffee'] });
    for (const [user_id, position] of [
      ['anna', 0],
      ['bob', 0],
      ['carl', 1],
    ] as const) {
      await client.voteAndWait(poll.id, { user_id, option_id: optionOf(poll, position) });
    }
    const path = `/polls/${poll.id}/results`;
    const results = await client.get(path);
    expect(results.body).toEqual({
      poll_id: poll.id,
      question: '=1+1',
      status: 'open',
      is_final: false,
      closed_at: null,
      total_votes: 3,
      version: expect.any(Number),
      options: [
        { ...poll.options[0], vote_count: 2, share: 0.6667 },
        { ...poll.options[1], vote_count: 1, share: 0.3333 },
      ],
    });
    const csv = await client.get<string>(path, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.body.split('\r\n').slice(1)).toEqual([
      `${poll.id},'=1+1,open,${optionOf(poll, 0)},0,Tea,2,0.6667,3`,
      `${poll.id},'=1+1,open,${optionOf(poll, 1)},1,Coffee,1,0.3333,3`,
      '',
    ]);
    for (const { headers } of [results, csv]) {
      expect(headers.get('cache-control')).toContain('s-maxage=1,');
      expect(headers.get('vary')?.toLowerCase().split(/, */)).toContain('accept');
      const accept = headers.get('content-type') ?? '';
      const etag = headers.get('etag') ?? '';
      expect((await client.get(path, { accept, 'if-none-match': etag })).status).toBe(304);
    }
    const marked = await fetch(`${system.httpUrl}${path}?bom=true`, { headers: { accept: 'text/csv' } });
    expect([...new Uint8Array(await marked.arrayBuffer())].slice(0, 4)).toEqual([0xef, 0xbb, 0xbf, 0x70]);
    expect((await client.get(`${path}?bom=yes`)).status).toBe(400);
    expect(csv.headers.get('etag')).not.toBe(results.headers.get('etag'));
    const none = await client.get(path, { accept: 'text/html' });
    expect([none.status, none.body]).toEqual([406, expect.objectContaining({ code: 'not_acceptable' })]);
    expect((await client.get('/polls/nonsense/results')).body).toMatchObject({ code: 'poll_not_found' });
  });

  test('hides hidden results unless the request has the receipt of a counted vote', async () => {
    const poll = await client.makePoll({ results_visibility: 'after_vote' });
    const { body: vote } = await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
    const path = `/polls/${poll.id}/results`;
    const shares = async (query = '') => {
      const { body, headers } = await client.get<Results>(path + query);
      return [headers.get('cache-control')?.split(',')[0], ...body.options.map(({ share }) => share)];
    };
    expect(await shares()).toEqual(['public', null, null]);
    expect(await shares(`?receipt=${vote.receipt}`)).toEqual(['private', 1, 0]);
    const csv = await client.get<string>(path, { accept: 'text/csv' });
    expect(csv.body.split('\r\n')[1]).toMatch(/,Tea,,,$/);
  });

  test.each([
    ['after_vote', [1, 0], 1],
    ['after_close', [null, null], 1],
  ])('shows the owner more of results visible %s', async (results_visibility, votes, total_votes) => {
    const poll = await client.makePoll({ results_visibility });
    await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
    const owner = { authorization: `Bearer ${poll.admin_token}` };
    for (const path of [`/polls/${poll.id}`, `/polls/${poll.id}/results`]) {
      const hidden = await client.get<Poll>(path);
      expect(hidden.body.total_votes).toBeNull();
      const { body, headers } = await client.get<Poll>(path, owner);
      expect([...body.options.map((option) => option.vote_count), body.total_votes]).toEqual([
        ...votes,
        total_votes,
      ]);
      expect(headers.get('cache-control')).toMatch(/^private/);
      expect(headers.get('vary')?.toLowerCase()).toContain('authorization');
      const wrong = await client.get(path, { authorization: 'Bearer nobody' });
      expect(wrong).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      const known = { 'if-none-match': hidden.headers.get('etag') ?? '' };
      expect((await client.get(path, { ...owner, ...known })).status).toBe(200);
    }
  });

  test('returns ballots to the owner only, without voters', async () => {
    const poll = await client.makePoll();
    await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll, 1) });
    const path = `/polls/${poll.id}/results?ballots=true`;
    const owner = { authorization: `Bearer ${poll.admin_token}` };
    expect((await client.get(path)).status).toBe(401);
    expect((await client.get(path, { authorization: 'Bearer nobody' })).status).toBe(403);
    expect((await client.get(`/polls/${poll.id}/results?ballots=1`, owner)).status).toBe(400);
    const { body, headers } = await client.get<BallotPage>(path, owner);
    const voted_at = expect.stringMatching(/:00\.000Z$/);
    expect(body).toMatchObject({
      ballots: [{ option_ids: [optionOf(poll, 1)], voted_at }],
      next_cursor: null,
    });
    expect(headers.get('cache-control')).toContain('private');
    const csv = await client.get<string>(path, { ...owner, accept: 'text/csv' });
    expect(csv.body.split('\r\n')[1]).toContain(optionOf(poll, 1));
  });
});

describe('the code of a poll', () => {
  test('replaces its id in every path, as people type it', async () => {
    const { admin_token, ...poll } = await client.makePoll();
    const owner = { authorization: `Bearer ${admin_token}` };
    const typed = poll.code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l');
    expect((await client.get(`/polls/${typed}`)).body).toEqual(poll);
    const voted = await client.voteAndWait(typed, { user_id: 'anna', option_id: optionOf(poll) });
    expect(voted).toMatchObject({ status: 200, body: { poll_id: poll.id } });
    expect((await client.get(`/polls/${typed}/results`)).body).toMatchObject({ poll_id: poll.id });
    const changed = await client.send('PATCH', `/polls/${typed}`, { closed: true }, owner);
    expect(changed).toMatchObject({ status: 200, body: { id: poll.id, code: poll.code } });
    expect((await client.send('DELETE', `/polls/${typed}`, undefined, owner)).status).toBe(204);
    expect(await client.get(`/polls/${typed}`)).toMatchObject({ status: 404 });
  });
});

describe('GET /polls/{id}', () => {
  test('returns 304 until a vote is counted', async () => {
    const poll = await client.makePoll();
    const path = `/polls/${poll.id}`;
    const etag = (await client.get(path)).headers.get('etag') ?? '';
    expect((await client.get(path, { 'if-none-match': etag })).status).toBe(304);
    await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
    const after = await client.get<Poll>(path, { 'if-none-match': etag });
    expect(after.status).toBe(200);
    expect(after.body.options.map((option) => option.vote_count)).toEqual([1, 0]);
    expect(after.body.version).toBeGreaterThan(poll.version ?? Number.NaN);
  });

  test.each(['nonsense', '0190a5d8-c0de-7000-8000-00000000abcd', '%00', '1', '000000', '00000U'])(
    'returns 404 for %s',
    async (id) => {
      const { status, body } = await client.get(`/polls/${id}`);
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'poll_not_found', status: 404 });
    },
  );

  test('shows hidden results with the receipt of a counted vote in this poll', async () => {
    const hidden = { results_visibility: 'after_vote' };
    const [poll, other] = [await client.makePoll(hidden), await client.makePoll(hidden)];
    const read = async (receipt?: string) =>
      client.get<Poll>(`/polls/${poll.id}${receipt === undefined ? '' : `?receipt=${receipt}`}`);
    const mine = await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll, 1) });
    const others = await client.voteAndWait(other.id, { user_id: 'anna', option_id: optionOf(other) });
    const counts = ({ body }: { body: Poll }) => [
      ...body.options.map((one) => one.vote_count),
      body.total_votes,
    ];

    const opened = await read(mine.body.receipt);
    expect(counts(opened)).toEqual([0, 1, 1]);
    expect(opened.headers.get('cache-control')).toContain('private');
    for (const receipt of [undefined, others.body.receipt, `${mine.body.receipt}x`, '']) {
      const answer = await read(receipt);
      expect(answer.status).toBe(200);
      expect([...counts(answer), answer.body.version]).toEqual([null, null, null, null]);
    }
  });

  test('shows a poll as closing after its end, with the end as closing time', async () => {
    const expired_at = new Date(Date.now() + 1_000).toISOString();
    const { id } = await client.makePoll({ expired_at });
    let poll = (await client.get<Poll>(`/polls/${id}`)).body;
    while (poll.status === 'open') poll = (await client.get<Poll>(`/polls/${id}`)).body;
    expect(poll).toMatchObject({ status: 'closing', closed_at: expired_at, is_final: false });
  });
});
