import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, messageOf, StartError } from '../errors.ts';

/**
 * Says in words what a file system has refused, and what to do: a stack helps nobody with that.
 *
 * @param dataFolder where most of what we write is
 * @returns the error itself when it names no file
 */
export function startFault(error: unknown, dataFolder: string): unknown {
  const path = pathOf(error);
  return path === undefined ? error : new StartError(wordsFor(error, path, dataFolder), { cause: error });
}

function wordsFor(error: unknown, path: string, dataFolder: string): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return refusal(path, path.startsWith(dataFolder) ? dataFolder : dirname(path));
    case 'EROFS':
      return `${path} is on a disk that cannot be written to. Set DATA_FOLDER to another folder.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left for ${path}. Free some, or set DATA_FOLDER to a folder on another disk.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} would have to be in a folder, and is not. Set DATA_FOLDER to another folder.`;
    default:
      return `${messageOf(error)} See to that, or set DATA_FOLDER to another folder.`;
  }
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

function refusal(path: string, folder: string): string {
  return (
    `${path} may not be used: ${folder} belongs to user ${ownerOf(folder)}, maybe from a start as another user. Take ` +
    `it over with: sudo chown -R "$(id -u)" '${folder}'\nOr set DATA_FOLDER to another folder.`
  );
}

function ownerOf(folder: string): string {
  const uid = statSync(folder, { throwIfNoEntry: false })?.uid;
  return uid === 0 ? 'root' : `${uid ?? 'unknown'}`;
}
