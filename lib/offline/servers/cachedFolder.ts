import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { wallClockMs } from '../../clock.ts';

/** Before the characters that `mkdtemp` adds. */
const UNFINISHED = '.unfinished-';

/** Far longer than a download, so that no other process is still filling the folder. */
const ABANDONED_MS = 24 * 60 * 60_000;

/**
 * Returns the path of a folder that is filled at its first use. It is filled under another name and renamed, so it is
 * complete or absent, and several processes can call this at once.
 *
 * @param fill receives an empty folder
 */
export async function cachedFolder(
  cache: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}${UNFINISHED}`);
  try {
    await fill(unfinished);
    await rename(unfinished, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Removes the half-filled folders of killed processes. They are only waste, so a failure is ignored. */
export async function removeAbandoned(cache: string): Promise<void> {
  const names = await readdir(cache).catch(() => []);
  const unfinished = names.filter((name) => name.includes(UNFINISHED)).map((name) => join(cache, name));
  await Promise.allSettled(unfinished.map(removeIfOld));
}

async function removeIfOld(folder: string): Promise<void> {
  const { mtimeMs } = await stat(folder);
  if (wallClockMs() - mtimeMs > ABANDONED_MS) await rm(folder, { recursive: true, force: true });
}
