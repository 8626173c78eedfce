import { makeTemplate } from '../database/database.ts';
import { startKafka, startPostgres, type TestServer } from './servers.ts';

let servers: TestServer[] = [];

/** One PostgreSQL of the newest and one of the oldest version that we support, and one Kafka, for a whole run of
 * integration tests. */
export async function startSharedServers(): Promise<void> {
  const [postgres, oldPostgres, kafka] = await Promise.all([
    startPostgres(),
    startPostgres({ version: 14 }),
    startKafka(),
  ]);
  servers = [postgres, oldPostgres, kafka];
  await Promise.all([makeTemplate(postgres), makeTemplate(oldPostgres)]);
  process.env['TEST_POSTGRES_PORT'] = `${postgres.port}`;
  process.env['TEST_POSTGRES_14_PORT'] = `${oldPostgres.port}`;
  process.env['TEST_KAFKA_BROKERS'] = kafka.brokers.join(',');
}

export async function stopSharedServers(): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
