import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { connect } from '../../lib/sql/client.ts';
import { configOf, sharedServer } from '../support/database/database.ts';
import { type AnswersReceiver, startAnswersReceiver } from '../support/http/answersReceiver.ts';
import { customResourceEvent } from '../support/lambda/customResourceEvent.ts';
import { type CapturedStdout, captureStdout } from '../support/metrics/captureStdout.ts';
import { readEmf, sumsOf } from '../support/metrics/readEmf.ts';
import { untilTrue } from '../support/untilTrue.ts';

const name = `stack_${randomBytes(4).toString('hex')}`;
const topicPrefix = `${name}-`;
const context = { getRemainingTimeInMillis: () => 840_000 } as Context;
let receiver: AnswersReceiver;
let stdout: CapturedStdout;

beforeAll(async () => {
  const server = sharedServer();
  const admin = connect(configOf(server, 'postgres', 1));
  await admin`create role rds_iam`.catch(() => {}); // another test may have made it
  // Here the role needs a password, which IAM replaces on AWS.
  await admin`create role ${admin(name)} login password ${admin.unsafe("'poleparty'")}`;
  await admin.end();
  receiver = await startAnswersReceiver();
  Object.assign(process.env, {
    POSTGRES_HOST: server.host,
    POSTGRES_PORT: `${server.port}`,
    POSTGRES_USER: name,
    POSTGRES_PASSWORD: 'poleparty',
    POSTGRES_DB: name,
    POSTGRES_MASTER_USER: server.user,
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'],
    KAFKA_REPLICATION: '1',
    KAFKA_TOPIC_PREFIX: topicPrefix,
    METRICS_SERVICE: 'polls',
    METRICS_STAGE: 'test',
  });
  stdout = captureStdout();
});
afterAll(async () => {
  stdout.restore();
  await receiver.stop();
});

/** What was measured since the last time. */
function sums() {
  const found = sumsOf(readEmf(stdout.text()));
  stdout.forget();
  return found;
}

async function ask(RequestType: 'Create' | 'Update' | 'Delete', Schema = 'one') {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  const { handler } = await import('../../functions/deploy/migrate.ts');
  await handler(customResourceEvent(receiver.url, { RequestType, ResourceProperties: { Schema } }), context);
  return receiver.answers.at(-1);
}

async function onDatabase<T>(query: (sql: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
  const sql = connect(configOf(sharedServer(), name, 1));
  return query(sql).finally(() => sql.end());
}

test('creating it makes database, schema and topics on a server that has none, and answers with the schema', async () => {
  expect(await ask('Create')).toMatchObject({ Status: 'SUCCESS', Data: { Schema: 'one' } });
  const [made] = await onDatabase(
    (sql) => sql`
      select pg_get_userbyid(datdba) as owner, (select topic_prefix from topic_set) as topics
      from pg_database where datname = ${name}`,
  );
  expect(made).toEqual({ owner: name, topics: topicPrefix });
});

test('updating it succeeds, also on a database that is ahead, as at a rollback', async () => {
  await onDatabase((sql) => sql`insert into migrations (name, checksum) values ('9999_later.sql', 'x')`);
  expect(await ask('Update', 'two')).toMatchObject({ Status: 'SUCCESS', Data: { Schema: 'two' } });
  await onDatabase((sql) => sql`delete from migrations where name = '9999_later.sql'`);
});

test('a failure is answered with its words and counted, also when an operator invokes it', async () => {
  expect(sums()).toEqual({});
  await onDatabase((sql) => sql`update topic_set set topic_prefix = 'others-'`);
  expect(await ask('Update')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(
      /^This database counts the votes of Kafka's topics with the prefix "others-"/,
    ),
  });
  await untilTrue(() => stdout.text().includes('MigrationsFailed'));
  expect(sums()).toEqual({ MigrationsFailed: 1 });
  const { handler } = await import('../../functions/deploy/migrate.ts');
  await expect(handler({}, context)).rejects.toThrow(/with the prefix "others-"/);
  await untilTrue(() => stdout.text().includes('MigrationsFailed'));
  expect(sums()).toEqual({ MigrationsFailed: 1 });
  await onDatabase((sql) => sql`update topic_set set topic_prefix = ${topicPrefix}`);
});

test('deleting it leaves everything', async () => {
  expect(await ask('Delete')).toMatchObject({ Status: 'SUCCESS' });
  expect(await onDatabase((sql) => sql`select from polls`)).toEqual([]);
});
