import { closeSync, openSync, readSync, statSync } from 'node:fs';

const TAIL_BYTES = 4096;

/** Returns the last lines of a server's log, at most 4 KB, to show when it did not start. */
export function lastLines(logFile: string, count = 12): string {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '(its log is empty)';
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const file = openSync(logFile, 'r');
  readSync(file, bytes, 0, bytes.length, size - bytes.length);
  closeSync(file);
  return bytes.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
}
