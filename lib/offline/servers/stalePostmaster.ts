import { existsSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeProcess } from '../processes.ts';

/** No system assigns a process id this large. */
const NO_PROCESS = 2 ** 31 - 1;

/**
 * Replaces the process id in the `postmaster.pid` of a killed server if another process has that id by now. PostgreSQL
 * refuses to start if any process has it, which is likely in a container, where ids are small. The rest of the file
 * stays, because PostgreSQL uses it to find backends that still run.
 */
export function forgetStalePostmaster(data: string): void {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const [pid, ...rest] = readFileSync(file, 'utf8').split('\n');
  if (!mayBeServer(Number(pid), data)) writeFileSync(file, [NO_PROCESS, ...rest].join('\n'));
}

/** Returns true in doubt; PostgreSQL then reports the conflict itself. */
function mayBeServer(pid: number, data: string): boolean {
  const found = describeProcess(pid);
  if (!found || !/postgres|postmaster/.test(found.command)) return false;
  try {
    // The working directory of every PostgreSQL process is its data folder.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    return true;
  }
}
