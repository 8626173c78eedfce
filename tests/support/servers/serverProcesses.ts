import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../../lib/errors.ts';
import { childrenOf } from '../../../lib/offline/processes.ts';
import { serverFolders } from '../../../lib/offline/removeData.ts';
import { KAFKA_LOG } from '../../../lib/offline/servers/kafka.ts';
import { POSTGRES_LOG } from '../../../lib/offline/servers/postgres.ts';
import type { System } from '../system/system.ts';

export type ServerName = 'postgres' | 'kafka';

const LOGS = { postgres: POSTGRES_LOG, kafka: KAFKA_LOG };

/** The number of an embedded server's process: another one after each start. */
export function serverPid(system: System, name: ServerName): number {
  const pid = runningServerPid(system, name);
  if (pid === undefined) throw new Error(`${name} is not running.`);
  return pid;
}

/** Like `serverPid`, but undefined between the end of a server and its next start. */
export function runningServerPid({ dataFolder }: System, name: ServerName): number | undefined {
  try {
    // The file is empty for a moment, and 0 would be the caller's own process group.
    return (
      Number(readFileSync(join(dataFolder, serverFolders[name], `${LOGS[name]}.pid`), 'utf8')) || undefined
    );
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A frozen process outlives its parent, so a run that is interrupted has to resume them. */
const frozenNow = new Set<number>();

export function resumeAll(): void {
  for (const pid of frozenNow) signal(pid, 'SIGCONT');
  frozenNow.clear();
}

/** Does nothing if the process has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Stops a process without its children.
 * @returns a function that resumes it */
export function freezeAlone(pid: number): () => void {
  signal(pid, 'SIGSTOP');
  frozenNow.add(pid);
  return () => {
    signal(pid, 'SIGCONT');
    frozenNow.delete(pid);
  };
}

/** Stops a process and its children (SIGSTOP): connections stay open, and nothing is answered.
 * @returns a function that resumes them */
export function freeze(pid: number): () => void {
  // The parent first, or it would have more children by the time that they are all stopped.
  signal(pid, 'SIGSTOP');
  const frozen = processAndChildren(pid);
  const goOn = frozen.map(freezeAlone);
  return () => {
    for (const one of goOn) one();
  };
}

/** Resumes a process and its children, whatever stopped them. A server that is stopped for good leaves its frozen
 * children behind, which hold what its next start needs. */
export function resume(pid: number): void {
  for (const one of processAndChildren(pid)) signal(one, 'SIGCONT');
}

export function processAndChildren(pid: number): number[] {
  return [pid, ...childrenOf(pid)];
}
