import { afterAll, beforeAll, describe } from '@jest/globals';
import { type FreshDatabase, freshDatabase, sharedServer } from './database.ts';

/** Runs tests on the newest PostgreSQL and on the oldest that we support. */
export function onEachPostgres(title: string, tests: (database: () => FreshDatabase) => void): void {
  describe.each([18, 14] as const)(`${title}, PostgreSQL %i`, (version) => {
    let database: FreshDatabase;

    beforeAll(async () => {
      database = await freshDatabase(sharedServer(version));
    });
    afterAll(() => database.end());

    tests(() => database);
  });
}
