import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { createDatabase, type Database, pingPostgres } from '../../../lib/sql/database.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { type LeakyProxy, startLeakyProxy } from '../../support/servers/leakyProxy.ts';

const PATIENCE_MS = 500;

let database: FreshDatabase;
let proxy: LeakyProxy;
let throughProxy: Database;

beforeAll(async () => {
  database = await freshDatabase();
  proxy = await startLeakyProxy(database.config.port);
  throughProxy = createDatabase({ ...database.config, host: '127.0.0.1', port: proxy.port });
});
afterAll(async () => {
  await proxy?.stop();
  await database?.end();
});

test('a connection that leads nowhere is given up after one query', async () => {
  await throughProxy.run(pingPostgres);
  proxy.loseConnections();
  await expect(throughProxy.run(pingPostgres, PATIENCE_MS)).rejects.toThrow(UnavailableError);
  await throughProxy.run(pingPostgres, PATIENCE_MS);
});
