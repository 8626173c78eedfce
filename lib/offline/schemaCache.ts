import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const NAME = 'SLS_SCHEMA_CACHE_BASE_DIR';

/**
 * Moves Serverless's schema cache to a temporary folder if the home folder is not writable; otherwise Serverless exits
 * with a stack trace. Service accounts have no home, and one start with sudo makes root the owner of the cache.
 */
export function provideSchemaCache(home = homedir()): void {
  if (process.env[NAME] || canWriteIn(join(home, '.serverless/artifacts'))) return;
  const folder = mkdtempSync(join(tmpdir(), 'poleparty-schema-'));
  process.env[NAME] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

function canWriteIn(folder: string): boolean {
  let nearest = folder;
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  try {
    accessSync(`${nearest}/`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
