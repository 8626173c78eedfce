import { existsSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeProcess } from '../processes.ts';

/** No system has as many. */
const NOBODY = 2 ** 31 - 1;

/**
 * Takes the number out of the `postmaster.pid` of a server that was killed, if it is another process by now.
 * PostgreSQL only looks whether there is a process of that number, and then refuses to start; in a container, where
 * numbers are small, there often is. The rest of the file stays: it tells PostgreSQL of backends that still work.
 */
export function forgetStalePostmaster(data: string): void {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const [pid, ...rest] = readFileSync(file, 'utf8').split('\n');
  if (!mayServe(Number(pid), data)) writeFileSync(file, [NOBODY, ...rest].join('\n'));
}

/** In doubt, it may: PostgreSQL then says what is wrong. */
function mayServe(pid: number, data: string): boolean {
  const found = describeProcess(pid);
  if (!found || !/postgres|postmaster/.test(found.command)) return false;
  try {
    // Every process of a PostgreSQL works in its data folder.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    return true;
  }
}
