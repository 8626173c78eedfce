import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { until } from '../../concurrency/deadline.ts';
import { StartError } from '../../errors.ts';
import { describeProcess } from '../processes.ts';

/** Longer than all stop steps of any server. */
const LIMIT_MS = 20_000;

const pidFileOf = (logFile: string) => `${logFile}.pid`;

/** Records the process that writes to the log, so the next start can find it if this process is killed. */
export function noteProcess(logFile: string, pid: number): void {
  writeFileSync(pidFileOf(logFile), `${pid}`);
}

export function forgetProcess(logFile: string): void {
  rmSync(pidFileOf(logFile), { force: true });
}

/**
 * Waits for the server of a killed start, which may still be shutting down and using its port and data.
 *
 * @throws StartError if it does not exit
 */
export async function waitForPreviousServer(logFile: string): Promise<void> {
  if (!existsSync(pidFileOf(logFile))) return;
  const pid = Number(readFileSync(pidFileOf(logFile), 'utf8'));
  await until(async () => {
    if (runsIn(dirname(logFile), pid)) {
      throw new StartError(`Process ${pid} of an earlier start does not exit. Kill it.`);
    }
  }, LIMIT_MS);
}

/** After a reboot, another process may have this id. */
function runsIn(folder: string, pid: number): boolean {
  return describeProcess(pid)?.command.includes(folder) ?? false;
}
