import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Secrets {
  VOTER_SECRET: string;
  SIGNING_KEYS: string;
}

const SECRET_BYTES = 32;

/**
 * The secrets of this folder, made when it is first used. They stay when its data goes: a new voter secret
 * would let everybody vote a second time in the polls of a database that outlives the folder.
 */
export async function localSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept);
  const secrets = { VOTER_SECRET: newSecret(), SIGNING_KEYS: `k1:${newSecret()}` };
  await writeFile(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
