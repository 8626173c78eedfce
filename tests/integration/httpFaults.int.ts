import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { connect } from '../../lib/sql/client.ts';
import { makeTemplate } from '../support/database/database.ts';
import { httpEvent, type Request } from '../support/http/httpEvent.ts';
import { loadHandler } from '../support/lambda/loadHandler.ts';
import { freeze } from '../support/servers/serverProcesses.ts';
import { startKafka, startPostgres, type TestKafka, type TestPostgres } from '../support/servers/servers.ts';

type Handler = (event: HttpEvent) => Promise<HttpResponse>;

// What a client waits at most, and some room for a machine that is busy.
const ANSWERS_WITHIN_MS = 6_000;
const HEALTH_WITHIN_MS = 3_000;

const printed: string[] = [];
let postgres: TestPostgres;
let kafka: TestKafka;
let http: Record<
  'createPoll' | 'getPoll' | 'updatePoll' | 'castVote' | 'getVote' | 'getLeaderboard' | 'getHealth',
  Handler
>;

beforeAll(async () => {
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line)) > 0);
  [postgres, kafka] = await Promise.all([startPostgres(), startKafka()]);
  await makeTemplate(postgres);
  const env = {
    POSTGRES_HOST: postgres.host,
    POSTGRES_PORT: `${postgres.port}`,
    POSTGRES_DB: 'poleparty_template',
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_REPLICATION: '1',
    VOTER_SECRET: 'a secret that no voter will ever see',
    SIGNING_KEYS: 'k1:a secret that signs the receipts here',
  };
  await createTopics(kafkaConfig(env));
  const load = (name: string) => loadHandler<HttpEvent, HttpResponse>(`http/${name}`, env);
  http = {
    createPoll: await load('createPoll'),
    getPoll: await load('getPoll'),
    updatePoll: await load('updatePoll'),
    castVote: await load('castVote'),
    getVote: await load('getVote'),
    getLeaderboard: await load('getLeaderboard'),
    getHealth: await load('getHealth'),
  };
});
afterAll(() => Promise.all([postgres?.stop(), kafka?.stop()]));

const JSON_TYPE = { 'content-type': 'application/json' };

interface Poll {
  id: string;
  admin_token: string;
  options: { option_id: string }[];
}

async function makePoll(): Promise<Poll> {
  const expired_at = new Date(Date.now() + 3_600_000).toISOString();
  const body = JSON.stringify({ question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expired_at });
  const response = await http.createPoll(httpEvent({ method: 'POST', headers: JSON_TYPE, body }));
  return JSON.parse(response.body ?? '');
}

let voters = 0;

function vote({ id, options }: Poll): Promise<HttpResponse> {
  const body = JSON.stringify({ user_id: `voter ${voters++}`, option_id: options[0]?.option_id });
  return http.castVote(httpEvent({ method: 'POST', headers: JSON_TYPE, body, pathParameters: { id } }));
}

const ask = (name: keyof typeof http, request: Request = {}) => http[name](httpEvent(request));
const read = ({ id }: Poll) => ask('getPoll', { pathParameters: { id } });

function close({ id, admin_token }: Poll): Promise<HttpResponse> {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${admin_token}` };
  const body = JSON.stringify({ closed: true });
  return ask('updatePoll', { method: 'PATCH', headers, body, pathParameters: { id } });
}

async function expectUnavailable(answer: Promise<HttpResponse>): Promise<void> {
  const began = Date.now();
  const { statusCode, headers, body } = await answer;
  expect(statusCode).toBe(503);
  expect(headers).toMatchObject({ 'retry-after': expect.stringMatching(/^\d+$/) });
  expect(JSON.parse(body ?? '')).toMatchObject({ status: 503, code: 'unavailable' });
  expect(Date.now() - began).toBeLessThan(ANSWERS_WITHIN_MS);
}

async function expectUnhealthy(checks: Record<string, string>): Promise<void> {
  const began = Date.now();
  const { statusCode, body } = await ask('getHealth');
  expect(statusCode).toBe(503);
  expect(JSON.parse(body ?? '')).toEqual({ status: 'unavailable', checks });
  expect(Date.now() - began).toBeLessThan(HEALTH_WITHIN_MS);
}

async function expectHealthy(): Promise<void> {
  const { statusCode, body } = await ask('getHealth');
  expect(JSON.parse(body ?? '')).toEqual({ status: 'ok', checks: { postgres: 'ok', kafka: 'ok' } });
  expect(statusCode).toBe(200);
}

async function whileFrozen(server: TestPostgres | TestKafka, work: () => Promise<void>): Promise<void> {
  const thaw = freeze(server.pid);
  try {
    await work();
  } finally {
    thaw();
  }
}

describe('while Postgres is unavailable', () => {
  test.each<[string, (work: () => Promise<void>) => Promise<void>]>([
    ['hangs', (work) => whileFrozen(postgres, work)],
    [
      'is gone',
      async (work) => {
        await postgres.kill9();
        await work().finally(() => postgres.restart());
      },
    ],
  ])(
    'votes for known polls are accepted and everything else soon answers 503 if it %s',
    async (_, during) => {
      const [known, unknown] = [await makePoll(), await makePoll()];
      expect((await vote(known)).statusCode).toBe(202);
      const { receipt } = JSON.parse((await vote(known)).body ?? '');
      await during(async () => {
        expect((await vote(known)).statusCode).toBe(202);
        await Promise.all([
          expectUnavailable(vote(unknown)),
          expectUnavailable(read(known)),
          expectUnavailable(close(known)),
          expectUnavailable(ask('getVote', { pathParameters: { receipt } })),
          expectUnavailable(ask('getLeaderboard')),
        ]);
        await expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
        expect((await vote(known)).statusCode).toBe(202);
      });
      expect((await read(known)).statusCode).toBe(200);
      await expectHealthy();
      expect(printed.splice(0).join()).toContain('Checking Postgres works again');
      await expectHealthy();
    },
  );
});

describe('while Postgres is impaired', () => {
  const GONE_WITHIN_MS = 5_000;

  /** For connections that come from now on; those that are open end. */
  async function set(setting: string): Promise<void> {
    const config = { ...postgresConfig(), database: 'postgres' };
    const admin = connect(config);
    await admin.unsafe(`alter database poleparty_template ${setting}`);
    await admin`select pg_terminate_backend(pid, ${GONE_WITHIN_MS}) from pg_stat_activity where datname = 'poleparty_template'`;
    await admin.end();
  }

  test('polls can be read and voted in if it rejects writes, and everything else answers 503', async () => {
    const poll = await makePoll();
    await set('set default_transaction_read_only = on');
    try {
      expect((await vote(poll)).statusCode).toBe(202);
      expect((await read(poll)).statusCode).toBe(200);
      await expectUnavailable(close(poll));
      await expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
    } finally {
      await set('reset default_transaction_read_only');
    }
    expect((await close(poll)).statusCode).toBe(200);
    await expectHealthy();
  });

  test('a locked poll can be read, and changing it soon answers 503', async () => {
    const poll = await makePoll();
    const holder = connect(postgresConfig());
    await holder.begin(async (tx) => {
      await tx`select from polls where poll_id = ${poll.id} for update`;
      await expectUnavailable(close(poll));
      expect((await read(poll)).statusCode).toBe(200);
    });
    await holder.end();
    expect((await close(poll)).statusCode).toBe(200);
  });
});

describe('while Kafka is unavailable', () => {
  test('votes soon answer 503 if it hangs, and are accepted after it continues', async () => {
    const poll = await makePoll();
    expect((await vote(poll)).statusCode).toBe(202);
    await whileFrozen(kafka, async () => {
      await Promise.all([
        expectUnavailable(vote(poll)),
        expectUnavailable(vote(poll)),
        expectUnhealthy({ postgres: 'ok', kafka: 'unavailable' }),
      ]);
      expect((await read(poll)).statusCode).toBe(200);
    });
    expect((await vote(poll)).statusCode).toBe(202);
    await expectHealthy();
  });

  test('polls can still be closed if it hangs', async () => {
    const poll = await makePoll();
    await whileFrozen(kafka, async () => {
      const began = Date.now();
      expect(await close(poll)).toMatchObject({
        statusCode: 200,
        body: expect.stringContaining('"closing"'),
      });
      expect(Date.now() - began).toBeLessThan(ANSWERS_WITHIN_MS);
    });
  });

  test('votes soon answer 503 if it is gone, and are accepted after it is back', async () => {
    const poll = await makePoll();
    await kafka.kill9();
    await expectUnavailable(vote(poll));
    await expectUnhealthy({ postgres: 'ok', kafka: 'unavailable' });
    await kafka.restart();
    expect((await vote(poll)).statusCode).toBe(202);
  });
});
