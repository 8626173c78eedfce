import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { askPostgres, pingPostgres } from '../../../lib/sql/database.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database.ts';
import { type LeakyProxy, startLeakyProxy } from '../../support/leakyProxy.ts';

const PATIENCE_MS = 500;

let database: FreshDatabase;
let proxy: LeakyProxy;

beforeAll(async () => {
  database = await freshDatabase();
  proxy = await startLeakyProxy(database.config.port);
  Object.assign(process.env, {
    POSTGRES_HOST: '127.0.0.1',
    POSTGRES_PORT: `${proxy.port}`,
    POSTGRES_DB: database.config.database,
  });
});
afterAll(async () => {
  await proxy?.stop();
  await database?.end();
});

test('a connection that leads nowhere is given up after one question', async () => {
  await askPostgres(pingPostgres);
  proxy.loseConnections();
  await expect(askPostgres(pingPostgres, PATIENCE_MS)).rejects.toThrow(UnavailableError);
  await askPostgres(pingPostgres, PATIENCE_MS);
});
