import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, StartError } from '../errors.ts';

/** The secrets in a data folder of `npm start`. */
export interface Secrets {
  VOTER_SECRET: string;
  SIGNING_KEYS: string;
}

const SECRET_BYTES = 32;

const secretsFile = (folder: string) => join(folder, 'secrets.json');

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

/**
 * Reads the secrets of this folder, or creates them at its first use. They are kept when the data is deleted: with a new
 * voter secret everybody could vote again in the polls of an external database.
 *
 * @throws StartError if the file is damaged
 */
export async function localSecrets(folder: string): Promise<Secrets> {
  return (await readSecrets(folder)) ?? makeSecrets(secretsFile(folder));
}

async function makeSecrets(file: string): Promise<Secrets> {
  const secrets = { VOTER_SECRET: newSecret(), SIGNING_KEYS: `k1:${newSecret()}` };
  // Written to another name and renamed, so a full disk leaves no partial file.
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

/** Creates a voter secret or the secret of a signing key. */
export const newSecret = () => randomBytes(SECRET_BYTES).toString('base64url');

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
