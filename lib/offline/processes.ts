import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from '../errors.ts';

export interface ProcessDescription {
  parent: number;
  /** With its arguments, or the title that the process has set. */
  command: string;
}

/** @returns undefined if there is no such process */
export function describeProcess(pid: number): ProcessDescription | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** @returns none if the system does not tell, as some kernels for containers */
export function childrenOf(pid: number): number[] {
  try {
    const found =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        : execFileSync('pgrep', ['-P', `${pid}`], { encoding: 'utf8' });
    return found.split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Slim container images have no `ps`. */
function fromProc(pid: number): ProcessDescription {
  const [, parent] = readStat(pid);
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return { parent: Number(parent), command };
}

/** Its state, its parent and more, as in proc(5) from the third field on. */
function readStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function fromPs(pid: number): ProcessDescription {
  const line = execFileSync('ps', ['-o', 'ppid=,command=', '-p', `${pid}`], { encoding: 'utf8' }).trim();
  const [, parent, command = ''] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
  return { parent: Number(parent), command };
}

/** Returns whether a process with this id runs, also if it belongs to another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Whether it has ended, and its parent has not noticed: the first process of a container may never do. */
function isZombie(pid: number): boolean {
  try {
    return process.platform === 'linux' && readStat(pid)[0] === 'Z';
  } catch {
    return false;
  }
}
