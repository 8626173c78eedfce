import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

const FOLDER = new URL('../sql/migrations/', import.meta.url);

/** Returns one hash of all migrations, in their order: another schema is another value. */
export async function checksum() {
  const hash = createHash('sha256');
  for (const name of (await readdir(FOLDER)).sort()) {
    hash.update(`${name}\0`).update(await readFile(new URL(name, FOLDER)));
  }
  return hash.digest('hex');
}
