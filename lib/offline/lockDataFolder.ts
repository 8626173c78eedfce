import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, StartError } from '../errors.ts';
import { describeProcess } from './processes.ts';

/** The command line of a start, or of `npm run clean`. */
const LOCKING = /(serverless|sls|osls)(\.js)? offline|offline\/clean\.ts/;

/**
 * Locks the data folder for this process until it exits.
 *
 * @returns unlocks it before
 * @throws StartError if another process has the lock
 */
export function lockDataFolder(folder: string): () => void {
  const file = join(folder, 'started-by');
  while (!create(file)) {
    const holder = Number(read(file));
    if (isLocking(holder)) {
      throw new StartError(
        `The system is already running in ${folder} (process ${holder}). Stop it first, or set DATA_FOLDER to another ` +
          'folder (and PORT, WEBSOCKET_PORT, POSTGRES_PORT and KAFKA_PORT to other ports).',
      );
    }
    rmSync(file, { force: true });
  }
  const unlock = () => {
    // Of two that find the lock of a dead process, the slower one may have replaced it.
    if (read(file) === `${process.pid}`) rmSync(file, { force: true });
  };
  process.once('exit', unlock);
  return unlock;
}

/** @returns false if it exists: of two that start at once, one creates it */
function create(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A killed process leaves its file behind, and another process may have its id by now. */
function isLocking(pid: number): boolean {
  return pid !== process.pid && LOCKING.test(describeProcess(pid)?.command ?? '');
}
