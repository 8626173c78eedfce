import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, StartError } from '../errors.ts';

/** Of a data folder of `npm start`. */
export interface Secrets {
  VOTER_SECRET: string;
  SIGNING_KEYS: string;
}

export const secretsFile = (folder: string) => join(folder, 'secrets.json');

/** @returns undefined if the folder has none yet
 * @throws StartError if the file is damaged; new secrets would invalidate every receipt and token */
export async function readSecrets(folder: string): Promise<Secrets | undefined> {
  const file = secretsFile(folder);
  const kept = await readFile(file, 'utf8').catch((error) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  return kept === undefined ? undefined : parseSecrets(file, kept);
}

function parseSecrets(file: string, kept: string): Secrets {
  try {
    const { VOTER_SECRET, SIGNING_KEYS } = JSON.parse(kept);
    if (typeof VOTER_SECRET === 'string' && typeof SIGNING_KEYS === 'string')
      return { VOTER_SECRET, SIGNING_KEYS };
  } catch {}
  throw new StartError(
    `${file} is damaged and contains no valid secrets. Restore it, or delete it. After deleting it, everybody can vote ` +
      'again, and all earlier receipts, owner tokens and creation keys are invalid.',
  );
}
