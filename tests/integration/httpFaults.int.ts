import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { connect } from '../../lib/sql/client.ts';
import { makeTemplate } from '../support/database/database.ts';
import {
  ANSWERS_WITHIN_MS,
  expectUnavailable,
  type HttpFunctions,
  loadHttpFunctions,
} from '../support/http/httpFunctions.ts';
import { captureLines } from '../support/metrics/captureStdout.ts';
import { freeze } from '../support/servers/serverProcesses.ts';
import { startKafka, startPostgres, type TestKafka, type TestPostgres } from '../support/servers/servers.ts';

let printed: string[];
let postgres: TestPostgres;
let kafka: TestKafka;
let http: HttpFunctions;

beforeAll(async () => {
  printed = captureLines();
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
  http = await loadHttpFunctions(env);
});
afterAll(() => Promise.all([postgres?.stop(), kafka?.stop()]));

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
      const [known, unknown] = [await http.makePoll(), await http.makePoll()];
      expect((await http.vote(known)).statusCode).toBe(202);
      const { receipt } = JSON.parse((await http.vote(known)).body ?? '');
      await during(async () => {
        expect((await http.vote(known)).statusCode).toBe(202);
        await Promise.all([
          expectUnavailable(http.vote(unknown)),
          expectUnavailable(http.read(known)),
          expectUnavailable(http.close(known)),
          expectUnavailable(http.ask('getVote', { pathParameters: { receipt } })),
          expectUnavailable(http.ask('getLeaderboard')),
        ]);
        await http.expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
        expect((await http.vote(known)).statusCode).toBe(202);
      });
      expect((await http.read(known)).statusCode).toBe(200);
      await http.expectHealthy();
      expect(printed.splice(0).join()).toContain('Checking Postgres works again');
      await http.expectHealthy();
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
    const poll = await http.makePoll();
    await set('set default_transaction_read_only = on');
    try {
      expect((await http.vote(poll)).statusCode).toBe(202);
      expect((await http.read(poll)).statusCode).toBe(200);
      await expectUnavailable(http.close(poll));
      await http.expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
    } finally {
      await set('reset default_transaction_read_only');
    }
    expect((await http.close(poll)).statusCode).toBe(200);
    await http.expectHealthy();
  });

  test('a locked poll can be read, and changing it soon answers 503', async () => {
    const poll = await http.makePoll();
    const holder = connect(postgresConfig());
    await holder.begin(async (tx) => {
      await tx`select from polls where poll_id = ${poll.id} for update`;
      await expectUnavailable(http.close(poll));
      expect((await http.read(poll)).statusCode).toBe(200);
    });
    await holder.end();
    expect((await http.close(poll)).statusCode).toBe(200);
  });
});

describe('while Kafka is unavailable', () => {
  test('votes soon answer 503 if it hangs, and are accepted after it continues', async () => {
    const poll = await http.makePoll();
    expect((await http.vote(poll)).statusCode).toBe(202);
    await whileFrozen(kafka, async () => {
      await Promise.all([
        expectUnavailable(http.vote(poll)),
        expectUnavailable(http.vote(poll)),
        http.expectUnhealthy({ postgres: 'ok', kafka: 'unavailable' }),
      ]);
      expect((await http.read(poll)).statusCode).toBe(200);
    });
    expect((await http.vote(poll)).statusCode).toBe(202);
    await http.expectHealthy();
  });

  test('polls can still be closed if it hangs', async () => {
    const poll = await http.makePoll();
    await whileFrozen(kafka, async () => {
      const began = Date.now();
      expect(await http.close(poll)).toMatchObject({
        statusCode: 200,
        body: expect.stringContaining('"closing"'),
      });
      expect(Date.now() - began).toBeLessThan(ANSWERS_WITHIN_MS);
    });
  });

  test('votes soon answer 503 if it is gone, and are accepted after it is back', async () => {
    const poll = await http.makePoll();
    await kafka.kill9();
    await expectUnavailable(http.vote(poll));
    await http.expectUnhealthy({ postgres: 'ok', kafka: 'unavailable' });
    await kafka.restart();
    expect((await http.vote(poll)).statusCode).toBe(202);
  });
});
