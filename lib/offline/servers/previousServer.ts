import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { until } from '../../concurrency/deadline.ts';
import { StartError } from '../../errors.ts';
import { describeProcess } from '../processes.ts';

/** More than any server's stop steps take together. */
const LIMIT_MS = 20_000;

const pidFileOf = (logFile: string) => `${logFile}.pid`;

/** Notes which process writes to the log, for the next start to see if we are killed. */
export function noteProcess(logFile: string, pid: number): void {
  writeFileSync(pidFileOf(logFile), `${pid}`);
}

export function forgetProcess(logFile: string): void {
  rmSync(pidFileOf(logFile), { force: true });
}

/**
 * A server whose parent was killed may still be shutting down, holding its port and its data.
 *
 * @throws StartError when it does not end
 */
export async function waitForPreviousServer(logFile: string): Promise<void> {
  if (!existsSync(pidFileOf(logFile))) return;
  const pid = Number(readFileSync(pidFileOf(logFile), 'utf8'));
  await until(async () => {
    if (worksIn(dirname(logFile), pid)) {
      throw new StartError(`Process ${pid}, which an earlier start left behind, does not end. Kill it.`);
    }
  }, LIMIT_MS);
}

/** After a reboot, the number may be another's. */
function worksIn(folder: string, pid: number): boolean {
  return describeProcess(pid)?.command.includes(folder) ?? false;
}
