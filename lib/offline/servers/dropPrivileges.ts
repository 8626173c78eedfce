import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartError } from '../../errors.ts';

const run = promisify(execFile);

/** Turns a command line into one that runs it as an unprivileged user. */
export type Demote = (command: string, args: string[]) => { command: string; args: string[] };

/**
 * PostgreSQL refuses to run as root, the usual user in a container, so it runs as `postgres` or `nobody`. It keeps one
 * right of root, dac_override, because the project may be in a folder that other users cannot enter.
 *
 * @param folder is given to that user
 * @throws StartError as root on a system without util-linux's setpriv
 */
export async function dropPrivileges(folder: string): Promise<Demote> {
  if (process.getuid?.() !== 0) return (command, args) => ({ command, args });
  const user = await firstUser(['postgres', 'nobody']);
  await chown(folder, user.uid, user.gid);
  try {
    await run('setpriv', ['--version']);
  } catch (cause) {
    throw new StartError(
      'PostgreSQL cannot run as root, and setpriv is not installed. Start as another user, or set POSTGRES_HOST.',
      { cause },
    );
  }
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  // no_setuid_fixup: access(2) checks with the real user's rights, and would ignore dac_override without it.
  const rights = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return (command, args) => ({ command: 'setpriv', args: [...ids, ...rights, command, ...args] });
}

async function firstUser(names: string[]): Promise<{ uid: number; gid: number }> {
  for (const name of names) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new StartError(
    `PostgreSQL cannot run as root, and there is no user ${names.join(' or ')}. Start as another user.`,
  );
}

async function idOf(kind: '-u' | '-g', name: string): Promise<number | undefined> {
  return run('id', [kind, name]).then(
    ({ stdout }) => Number(stdout),
    () => undefined,
  );
}
