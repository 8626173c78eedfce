import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { provideKafkaTools } from '../../lib/offline/localServers.ts';
import { freePort } from '../../lib/offline/ports.ts';
import { postgresBinaries, startPostgres as startOwn } from '../../lib/offline/servers/postgres.ts';
import { connect } from '../../lib/sql/client.ts';
import { freshDatabase, makeTemplate } from '../support/database/database.ts';
import { makeTopics } from '../support/kafka/makeTopics.ts';
import { kafkaTools, startKafka, startPostgres } from '../support/servers/servers.ts';
import { supervisor } from '../support/servers/supervisor.ts';

describe('the shared test servers', () => {
  test('include a fresh, separate database', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    await one.sql`create table only_here (id int)`;
    const found = await other.sql`select to_regclass('only_here') as name`;
    expect(found).toEqual([{ name: null }]);
    await Promise.all([one.end(), other.end()]);
  });

  test('include PostgreSQL 18, which folds case beyond ASCII', async () => {
    const { sql, end } = await freshDatabase();
    const [row] =
      await sql`select current_setting('server_version_num')::int / 10000 as major, lower('ÄÉ') as low`;
    expect(row).toEqual({ major: 18, low: 'äé' });
    await end();
  });

  test('include Kafka, which answers when a new topic is ready', async () => {
    const brokers = process.env['TEST_KAFKA_BROKERS']?.split(',') ?? [];
    expect(await topicMadeOn(brokers)).toHaveLength(3);
  });
});

test('a cache that cannot be made is explained with what helps', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'poleparty-'));
  const cache = join(folder, 'cache');
  await writeFile(cache, 'a file');
  const { java } = await kafkaTools();
  const before = process.env['JAVA_HOME'];
  process.env['JAVA_HOME'] = dirname(dirname(java));
  try {
    const providing = provideKafkaTools(cache, { supervisor, say: () => {} });
    await expect(providing).rejects.toThrow(/a part of the path is a file.* or set KAFKA_BROKERS to use/);
  } finally {
    if (before === undefined) delete process.env['JAVA_HOME'];
    else process.env['JAVA_HOME'] = before;
    await rm(folder, { recursive: true });
  }
});

describe('separate servers of a test', () => {
  test('include PostgreSQL 14, which accepts the schema', async () => {
    const server = await startPostgres({ version: 14 });
    await makeTemplate(server);
    const { sql, end } = await freshDatabase(server);
    const [row] = await sql`select current_setting('server_version_num')::int / 10000 as major`;
    expect(row).toEqual({ major: 14 });
    await end();
    await server.stop();
  });

  test('include PostgreSQL in a folder that other users cannot enter', async () => {
    const home = await mkdtemp(join(tmpdir(), 'poleparty-closed-'));
    const installed = dirname(postgresBinaries());
    await cp(installed, join(home, 'native'), { recursive: true, verbatimSymlinks: true });
    const binaries = join(home, 'native/bin');
    const login = { user: 'someone', password: 'secret', database: 'own' };
    const server = await startOwn({
      supervisor,
      folder: home,
      port: await freePort(),
      binaries,
      ...login,
    });
    expect(server.hasExited()).toBe(false);
    await server.stop();
    await rm(home, { recursive: true });
  });

  test('include Kafka 3.9 with ZooKeeper, which creates a topic', async () => {
    const { brokers, stop } = await startKafka({ zookeeper: true });
    expect(await topicMadeOn(brokers)).toHaveLength(3);
    await stop();
  });

  test('include Kafka, which keeps its topics when it is killed and restarted', async () => {
    const server = await startKafka();
    await topicMadeOn(server.brokers);
    await server.kill9();
    await server.restart();
    const admin = new Kafka({ brokers: server.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    expect(await admin.listTopics()).toContain('made-here');
    await admin.disconnect();
    await server.stop();
  });

  test('include PostgreSQL, which keeps its rows when it is killed and restarted', async () => {
    const server = await startPostgres();
    const sql = connect({
      ...server,
      poolSize: 1,
      auth: 'password',
      tls: 'off',
      prepare: true,
      region: undefined,
    });
    await sql`create table kept as select 1 as id`;
    await server.kill9();
    await server.restart();
    expect(await sql`select id from kept`).toEqual([{ id: 1 }]);
    await sql.end();
    await server.stop();
  });
});

/** The partitions of a new topic `made-here`, as the broker tells of them. */
async function topicMadeOn(brokers: string[]): Promise<unknown[] | undefined> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await makeTopics(admin, [{ topic: 'made-here', numPartitions: 3 }]);
  const { topics } = await admin.fetchTopicMetadata({ topics: ['made-here'] });
  await admin.disconnect();
  return topics[0]?.partitions;
}
