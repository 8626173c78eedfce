import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const NAME = 'SLS_SCHEMA_CACHE_BASE_DIR';

/**
 * Serverless keeps a file in the home folder, and ends with a stack where it may not write there: a service account
 * has no home, and one start with sudo gives what is in it to root. Then the file is made in a temporary folder.
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
