import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { readSecrets, type Secrets, secretsFile } from '../operators/localSecrets.ts';

const SECRET_BYTES = 32;

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

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
