import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Contains the digest of all other files of its folder. */
const SEAL = 'sha256';

/** Notes what a folder contains, for `isSealed`. */
export async function seal(folder: string): Promise<void> {
  await writeFile(join(folder, SEAL), await digestOf(folder));
}

/** Returns whether a folder still contains what it did when it was sealed. Takes 0.4 s for 260 MB. */
export async function isSealed(folder: string): Promise<boolean> {
  const noted = await readFile(join(folder, SEAL), 'utf8').catch(() => undefined);
  return noted !== undefined && noted === (await digestOf(folder));
}

async function digestOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => ({ path: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink() }))
    .map((file) => ({ ...file, name: relative(folder, file.path) }))
    .filter(({ name }) => name !== SEAL)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const digest = createHash('sha256');
  for (const { name, path, isLink } of files) {
    digest.update(`\0${name}\0`);
    if (isLink) digest.update(await readlink(path));
    else await addFile(digest, path);
  }
  return digest.digest('hex');
}

async function addFile(digest: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) digest.update(chunk);
}
