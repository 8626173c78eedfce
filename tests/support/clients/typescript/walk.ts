// Compiled strictly beside the generated `api.d.ts`, so that a wrong type fails the build.
import { deepEqual, equal, ok } from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

type Poll = components['schemas']['Poll'];
type VoteStatus = components['schemas']['VoteStatus'];

// Results come as CSV too, on request.
type Media = 'application/json' | 'application/problem+json';
const client = createClient<paths, Media>({ baseUrl: process.argv[2] ?? '' });

const question = 'TypeScript or JavaScript?';
const created = await client.POST('/polls', {
  body: { question, options: ['TypeScript', 'JavaScript'], expires_in: 3600 },
});
ok(created.data, created.error?.detail);
const { id, options, admin_token } = created.data;
const option_id = options[0]?.option_id ?? '';
const path = { id };

const poll = await client.GET('/polls/{id}', { params: { path } });
const read: Poll | undefined = poll.data;
equal(read?.status, 'open' satisfies components['schemas']['PollStatus']);

const accepted = await client.POST('/polls/{id}/vote', {
  params: { path },
  body: { user_id: 'ada', option_id },
});
equal(accepted.response.status, 202);
equal(accepted.data?.status, 'accepted');

const counted = await client.POST('/polls/{id}/vote', {
  params: { path, header: { Prefer: 'wait=10' } },
  body: { user_id: 'bob', option_ids: [option_id] },
});
equal(counted.response.status, 200);
equal(counted.data?.status, 'counted');

let status: VoteStatus = 'accepted';
const receipt = accepted.data?.receipt ?? '';
while (status === 'accepted') {
  const vote = await client.GET('/votes/{receipt}', { params: { path: { receipt } } });
  ok(vote.data, vote.error?.detail);
  status = vote.data.status;
}
equal(status, 'counted');

const results = await client.GET('/polls/{id}/results', { params: { path } });
equal(results.data?.total_votes, 2);
deepEqual(
  results.data?.options.map(({ vote_count, share }) => [vote_count, share]),
  [
    [2, 1],
    [0, 0],
  ],
);

const headers = { authorization: `Bearer ${admin_token}` };
const closed = await client.PATCH('/polls/{id}', { params: { path }, body: { closed: true }, headers });
equal(closed.data?.status, 'closing');

const list = await client.GET('/polls', { params: { query: { status: 'all', q: question } } });
ok(list.data?.data.some((one) => one.id === id));

const late = await client.POST('/polls/{id}/vote', {
  params: { path, header: { Prefer: 'wait=10' } },
  body: { user_id: 'eve', option_id },
});
equal(late.error?.code, 'poll_closed' satisfies components['schemas']['ErrorCode']);

equal((await client.DELETE('/polls/{id}', { params: { path }, headers })).response.status, 204);
const gone = await client.GET('/polls/{id}', { params: { path } });
equal(gone.error?.code, 'poll_not_found' satisfies components['schemas']['ErrorCode']);
console.log('walked');
