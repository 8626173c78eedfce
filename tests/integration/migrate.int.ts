import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { Kafka, logLevel } from 'kafkajs';
import { noteCluster } from '../../lib/offline/prepareServers.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { operate } from '../support/system/operate.ts';

let database: FreshDatabase;
let env: Record<string, string>;

/** The database counts topics without a prefix, as the template that it is copied from. */
beforeAll(async () => {
  database = await freshDatabase();
  env = {
    POSTGRES_HOST: database.config.host,
    POSTGRES_PORT: `${database.config.port}`,
    POSTGRES_DB: database.config.database,
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
    KAFKA_REPLICATION: '1',
  };
});
afterAll(() => database.end());

async function migrateWith(prefix: string): Promise<unknown> {
  Object.assign(process.env, env, { KAFKA_TOPIC_PREFIX: prefix });
  const { handler } = await import('../../functions/deploy/migrate.ts');
  return handler({}, {} as Context);
}

async function topicNames(): Promise<string[]> {
  const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return admin.listTopics().finally(() => admin.disconnect());
}

test('a deployment is refused before it creates topics if the database counts other topics', async () => {
  await expect(migrateWith('foreign-')).rejects.toThrow(
    "counts the votes of Kafka's topics without a prefix",
  );
  expect((await topicNames()).filter((name) => name.startsWith('foreign-'))).toEqual([]);
  await expect(migrateWith('')).resolves.toMatchObject({ migrations: [] });
});

test('npm run migrate is refused too, in one line', async () => {
  const { exitCode, stderr } = await operate('migrate', [], { ...env, KAFKA_TOPIC_PREFIX: 'foreign-' });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^This database counts the votes .*Set KAFKA_TOPIC_PREFIX as before.*\n$/);
  expect(await operate('migrate', [], env)).toMatchObject({ exitCode: 0 });
});

test('a start on another Kafka cluster reports it once and continues', async () => {
  const said: string[] = [];
  for (const cluster of ['one', 'one', 'two', 'two']) {
    await noteCluster(database.config, cluster, (line) => said.push(line.trim()));
  }
  expect(said.slice(-1)).toEqual(['The Kafka cluster has changed since the last start (one, now two).']);
});
