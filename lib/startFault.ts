import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, messageOf, PolePartyError, StartError } from './errors.ts';

/**
 * Turns a file system error into a message that says what to do, in place of a stack trace.
 *
 * @param folder the folder that most files are written to
 * @param remedy what else the user can do; continues a sentence
 * @returns the error itself if it names no file
 */
export function startFault(
  error: unknown,
  folder: string,
  remedy = 'set DATA_FOLDER to another folder',
): unknown {
  const path = pathOf(error);
  if (path === undefined) return error;
  return new StartError(explain(error, path, folder, remedy), { cause: error });
}

/** Serverless prints a stack for every error that is not an instance of this class. */
export interface ServerlessClasses {
  Error: new (message: string, code: string) => Error;
}

/** Turns an error that is explained to the user into one that Serverless prints without a stack.
 * @returns the error itself if it is none of ours */
export function forServerless(error: unknown, classes: ServerlessClasses): unknown {
  return error instanceof PolePartyError ? new classes.Error(error.message, error.code) : error;
}

function explain(error: unknown, path: string, folder: string, remedy: string): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return `${explainPermission(path, path.startsWith(folder) ? folder : dirname(path))}\nOr ${remedy}.`;
    case 'EROFS':
      return `${path} is on a read-only disk. Make it writable, or ${remedy}.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left for ${path}. Free some space, or ${remedy}.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} cannot be created, because a part of the path is a file. Move that file, or ${remedy}.`;
    default:
      return `${messageOf(error)} Fix this, or ${remedy}.`;
  }
}

function pathOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('path' in error)) return undefined;
  return typeof error.path === 'string' ? error.path : undefined;
}

function explainPermission(path: string, folder: string): string {
  return (
    `No permission for ${path}: ${folder} belongs to user ${ownerOf(folder)}, perhaps because npm start once ran as another user. ` +
    `Take ownership with: sudo chown -R "$(id -u)" '${folder}'`
  );
}

function ownerOf(folder: string): string {
  const uid = statSync(folder, { throwIfNoEntry: false })?.uid;
  return uid === 0 ? 'root' : `${uid ?? 'unknown'}`;
}
