import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { describeProcess } from './processes.ts';

/** The command line of a start. */
const START = /(serverless|sls|osls)(\.js)? offline/;

/**
 * Locks the data folder for this process until it exits.
 *
 * @throws StartError if another start has the lock
 */
export function lockDataFolder(folder: string): void {
  const file = join(folder, 'started-by');
  const holder = holderOf(file);
  if (holder !== undefined) {
    throw new StartError(
      `The system is already running in ${folder} (process ${holder}). Stop it first, or set DATA_FOLDER to another ` +
        'folder (and PORT, WEBSOCKET_PORT, POSTGRES_PORT and KAFKA_PORT to other ports).',
    );
  }
  writeFileSync(file, `${process.pid}`);
  process.once('exit', () => rmSync(file, { force: true }));
}

/** A killed process leaves its file behind, and another process may have its id by now. */
function holderOf(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  return START.test(describeProcess(pid)?.command ?? '') ? pid : undefined;
}
