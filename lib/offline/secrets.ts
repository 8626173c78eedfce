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
 * The secrets of this folder, made when it is first used. They stay when its data goes: a new voter secret
 * would let everybody vote a second time in the polls of a database that outlives the folder.
 *
 * @throws StartError when there are some that cannot be read; new ones would make every receipt and token worthless
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
  // Made beside and renamed: a full disk leaves no half of it.
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
    `${file} does not hold the secrets that it should. Restore it, or delete it: then everybody can vote again, and ` +
      'no receipt or owner token of before is worth anything.',
  );
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
