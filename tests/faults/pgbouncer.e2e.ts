import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { api, optionOf } from '../support/http/api.ts';
import { startPgbouncer } from '../support/servers/pgbouncer.ts';
import { startPostgres, type TestPostgres } from '../support/servers/servers.ts';
import { type System, startSystem } from '../support/system/system.ts';

const VOTES = 800;
const VOTERS = 20;
const COUNTED_WITHIN_MS = 60_000;

let postgres: TestPostgres;
let pgbouncer: Awaited<ReturnType<typeof startPgbouncer>>;
let system: System;

beforeAll(async () => {
  postgres = await startPostgres();
  pgbouncer = await startPgbouncer(postgres);
  system = await startSystem({
    POSTGRES_HOST: pgbouncer.host,
    POSTGRES_PORT: `${pgbouncer.port}`,
    POSTGRES_PREPARE: 'false',
  });
});
afterAll(async () => {
  await system?.stop();
  await pgbouncer?.stop();
  await postgres?.stop();
});

test(`behind PgBouncer in transaction mode ${VOTES} votes are accepted, and every one is counted`, async () => {
  const client = api(system.httpUrl);
  const polls = await Promise.all([client.makePoll(), client.makePoll()]);
  const statuses = new Map<number, number>();
  const voters = Array.from({ length: VOTERS }, async (_, voter) => {
    for (let at = 0; at < VOTES / VOTERS; at++) {
      const poll = polls[at % 2] as (typeof polls)[0];
      const ballot = { user_id: `voter ${voter} ${at}`, option_id: optionOf(poll) };
      const { status } = await client.vote(poll.id, ballot);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect((await client.get(`/polls/${poll.id}`)).status).toBe(200);
    }
  });
  await Promise.all(voters);
  expect([...statuses]).toEqual([[202, VOTES]]);
  await until(async () => {
    for (const { id } of polls) {
      const { body } = await client.get<{ total_votes: number }>(`/polls/${id}`);
      expect(body.total_votes).toBe(VOTES / 2);
    }
  }, COUNTED_WITHIN_MS);
});
