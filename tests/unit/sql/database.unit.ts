import { expect, jest, test } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import { postgresConfig } from '../../../lib/config.ts';
import { UnavailableError } from '../../../lib/errors.ts';

const TIMEOUT_MS = 20;

test('many concurrent failing queries close their connections once, and the next has new ones', async () => {
  const clients: { ends: number }[] = [];
  const connect = () => {
    const client = {
      ends: 0,
      end: async () => {
        client.ends += 1;
      },
    };
    clients.push(client);
    return client;
  };
  // Each end listens to every socket: as many listeners as questions are a warning of Node's for each socket.
  jest.unstable_mockModule('../../../lib/sql/client.ts', () => ({ connect }));
  const { createDatabase } = await import('../../../lib/sql/database.ts');
  const database = createDatabase(postgresConfig({}));
  const hang = () => new Promise<never>(() => {});

  const asked = await Promise.allSettled(Array.from({ length: 30 }, () => database.run(hang, TIMEOUT_MS)));
  expect(asked.every((one) => one.status === 'rejected' && one.reason instanceof UnavailableError)).toBe(
    true,
  );
  await until(async () => expect(clients.map(({ ends }) => ends)).toEqual([1]), 1_000);
  expect(await database.run(async (sql) => sql)).toBe(clients[1]);
});

test('a query that fails for a reason other than an outage keeps the connections', async () => {
  const { createDatabase } = await import('../../../lib/sql/database.ts');
  const database = createDatabase(postgresConfig({}));
  const before = await database.run(async (sql) => sql);
  const kafkaIsAway = () => Promise.reject(new UnavailableError('Kafka is away.'));
  await expect(database.run(kafkaIsAway)).rejects.toThrow('Kafka is away.');
  expect(await database.run(async (sql) => sql)).toBe(before);
  const refused = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  await expect(database.run(refused)).rejects.toThrow('Postgres is unavailable.');
  expect(await database.run(async (sql) => sql)).not.toBe(before);
});
