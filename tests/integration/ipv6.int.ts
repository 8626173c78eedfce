import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { connect } from '../../lib/sql/client.ts';
import { refuseSharedSessions } from '../../lib/sql/sessions.ts';
import { sharedServer } from '../support/database/database.ts';
import { type LeakyProxy, startLeakyProxy } from '../support/servers/leakyProxy.ts';
import { startKafkaCluster, type TestKafkaCluster } from '../support/servers/servers.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const describeIpv6 = hasIpv6 ? describe : describe.skip;

describeIpv6('a PostgreSQL with an IPv6 address', () => {
  let proxy: LeakyProxy;
  beforeAll(async () => {
    proxy = await startLeakyProxy(sharedServer().port, '::1');
  });
  afterAll(() => proxy.stop());

  test.each(['::1', '[::1]'])('is reached as %s', async (host) => {
    const config = postgresConfig({ POSTGRES_HOST: host, POSTGRES_PORT: `${proxy.port}` });
    const sql = connect({ ...config, database: 'postgres' });
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    await sql.end();
    await refuseSharedSessions({ ...config, database: 'postgres' });
  });
});

describeIpv6('a Kafka broker with an IPv6 address', () => {
  let cluster: TestKafkaCluster;
  beforeAll(async () => {
    cluster = await startKafkaCluster(1, '[::1]');
  });
  afterAll(() => cluster?.stop());

  test('is reached by its address, and then by the one that it advertises', async () => {
    const config = kafkaConfig({ KAFKA_BROKERS: cluster.brokers.join(), KAFKA_REPLICATION: '1' });
    await createTopics(config);
    const client = kafkaClient(config);
    const admin = client.admin();
    await admin.connect();
    expect((await admin.describeCluster()).brokers).toMatchObject([{ host: '::1' }]);
    await admin.disconnect();
    const producer = createProducer(client, '');
    await producer.produce('votes', [{ partition: 0, key: null, value: Buffer.from('vote') }]);
    await producer.disconnect();
  });
});
