import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, messageOf, StartError } from '../errors.ts';

/**
 * Turns a file system error into a message that says what to do, in place of a stack trace.
 *
 * @param dataFolder the folder that most files are written to
 * @returns the error itself if it names no file
 */
export function startFault(error: unknown, dataFolder: string): unknown {
  const path = pathOf(error);
  return path === undefined ? error : new StartError(explain(error, path, dataFolder), { cause: error });
}

function explain(error: unknown, path: string, dataFolder: string): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return explainPermission(path, path.startsWith(dataFolder) ? dataFolder : dirname(path));
    case 'EROFS':
      return `${path} is on a read-only disk. Set DATA_FOLDER to another folder.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left for ${path}. Free some space, or set DATA_FOLDER to a folder on another disk.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} cannot be created, because a part of the path is a file. Set DATA_FOLDER to another folder.`;
    default:
      return `${messageOf(error)} Fix this, or set DATA_FOLDER to another folder.`;
  }
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

function explainPermission(path: string, folder: string): string {
  return (
    `No permission for ${path}: ${folder} belongs to user ${ownerOf(folder)}, possibly from a start as another user. ` +
    `Take ownership with: sudo chown -R "$(id -u)" '${folder}'\nOr set DATA_FOLDER to another folder.`
  );
}

function ownerOf(folder: string): string {
  const uid = statSync(folder, { throwIfNoEntry: false })?.uid;
  return uid === 0 ? 'root' : `${uid ?? 'unknown'}`;
}
