import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../../errors.ts';
import { type Demote, dropPrivileges } from './dropPrivileges.ts';
import { forgetStalePostmaster } from './stalePostmaster.ts';
import type { Supervisor } from './supervised.ts';

const run = promisify(execFile);

/**
 * Creates the data folder `data/` with a superuser of the given name, if it does not exist.
 *
 * @returns the folder, and how to run a server on it
 * @throws StartError if it exists and has another major version
 */
export async function preparePostgresData(
  folder: string,
  binaries: string,
  { supervisor, user, password }: { supervisor: Supervisor; user: string; password: string },
): Promise<{ data: string; demote: Demote }> {
  const data = join(folder, 'data');
  const version = await majorVersion(binaries);
  if (existsSync(data)) {
    await refuseOtherVersion(data, version);
    forgetStalePostmaster(data);
    return { data, demote: await dropPrivileges(data) };
  }
  // Created under another name and renamed, because an interrupted initdb leaves a folder that looks complete.
  const unfinished = join(folder, 'data.new');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password);
  const demote = await dropPrivileges(unfinished);
  const flags = [`--pgdata=${unfinished}`, `--username=${user}`, `--pwfile=${passwordFile}`];
  const initdb = demote(join(binaries, 'initdb'), [
    ...flags,
    '--auth=scram-sha-256',
    ...localeFlags(version),
  ]);
  const logFile = join(folder, 'initdb.log');
  await supervisor.run({ ...initdb, stopSteps: 'TERM:2 KILL:1', logFile }).catch((cause) => {
    throw new StartError(`PostgreSQL's initdb failed. The end of ${logFile}:\n${cause.message}`, { cause });
  });
  await rm(passwordFile);
  await rename(unfinished, data);
  return { data, demote };
}

/** Since version 17, PostgreSQL has a builtin Unicode locale that is the same on every system. */
function localeFlags(version: number): string[] {
  if (version >= 17) return ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'];
  return ['--encoding=UTF8', process.platform === 'darwin' ? '--locale=en_US.UTF-8' : '--locale=C.UTF-8'];
}

async function majorVersion(binaries: string): Promise<number> {
  const { stdout } = await run(join(binaries, 'postgres'), ['--version']);
  return Number(/\) (\d+)/.exec(stdout)?.[1]);
}

async function refuseOtherVersion(data: string, version: number): Promise<void> {
  const found = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  if (Number(found) === version) return;
  throw new StartError(
    `The data in ${data} was written by PostgreSQL ${found}, but this is PostgreSQL ${version}. ` +
      'Use the version that wrote it, or delete its polls and start with "npm start -- --fresh".',
  );
}
