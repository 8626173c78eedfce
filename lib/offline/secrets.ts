import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, StartError } from '../errors.ts';

export interface Secrets {
  VOTER_SECRET: string;
  SIGNING_KEYS: string;
}

const SECRET_BYTES = 32;

/**
 * Reads the secrets of this folder, or creates them at its first use. They are kept when the data is deleted: with a new
 * voter secret everybody could vote again in the polls of an external database.
 *
 * @throws StartError if the file is damaged; new secrets would invalidate every receipt and token
 */
export async function localSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const kept = await readFile(file, 'utf8').catch((error) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  return kept === undefined ? makeSecrets(file) : readSecrets(file, kept);
}

async function makeSecrets(file: string): Promise<Secrets> {
  const secrets = { VOTER_SECRET: newSecret(), SIGNING_KEYS: `k1:${newSecret()}` };
  // Written to another name and renamed, so a full disk leaves no partial file.
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

function readSecrets(file: string, kept: string): Secrets {
  try {
    const { VOTER_SECRET, SIGNING_KEYS } = JSON.parse(kept);
    if (typeof VOTER_SECRET === 'string' && typeof SIGNING_KEYS === 'string')
      return { VOTER_SECRET, SIGNING_KEYS };
  } catch {}
  throw new StartError(
    `${file} is damaged and contains no valid secrets. Restore it, or delete it. After deleting it, everybody can vote ` +
      'again, and all earlier receipts and owner tokens are invalid.',
  );
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
