import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface FoundProcess {
  pid: number;
  command: string;
}

/** The processes that have to do with a folder, on Linux: by their arguments, environment or working directory. */
export function processesOf(folder: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const traces = [
        () => read(pid, 'cmdline'),
        () => read(pid, 'environ'),
        () => readlinkSync(`/proc/${pid}/cwd`),
      ];
      const concerns = traces.some((trace) => orEmpty(trace).includes(folder));
      return concerns
        ? [{ pid: Number(pid), command: orEmpty(() => read(pid, 'cmdline')).replaceAll('\0', ' ') }]
        : [];
    });
}

function read(pid: string, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

/** A process may end while we look, and some are others'. */
function orEmpty(trace: () => string): string {
  try {
    return trace();
  } catch {
    return '';
  }
}
