import { existsSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cachedFolder, removeAbandoned } from '../../../lib/offline/servers/cachedFolder.ts';

const DAY_S = 24 * 60 * 60;
const newCache = () => mkdtempSync(join(tmpdir(), 'poleparty-cache-'));

/** The folder of a fill that goes on until `end` is called. */
async function startFilling(cache: string, name: string) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: filling, resolve: began } = Promise.withResolvers<string>();
  const filled = cachedFolder(cache, name, async (folder) => {
    writeFileSync(join(folder, 'part'), '');
    began(folder);
    await ended;
  });
  return { folder: await filling, end, filled };
}

test('a folder that a killed process left half filled is removed a day later', async () => {
  const cache = newCache();
  const killed = await startFilling(cache, 'kafka-1.2.3');
  const running = await startFilling(cache, 'java');
  mkdirSync(join(cache, 'kafka-1.2.2'));
  const longAgo = Date.now() / 1_000 - 2 * DAY_S;
  for (const folder of [killed.folder, join(cache, 'kafka-1.2.2')]) utimesSync(folder, longAgo, longAgo);

  await removeAbandoned(cache);
  expect(existsSync(killed.folder)).toBe(false);
  running.end();
  await running.filled;
  expect(readdirSync(cache).sort()).toEqual(['java', 'kafka-1.2.2']);
});

test('a cache that does not exist yet has nothing to remove', async () => {
  await expect(removeAbandoned(join(newCache(), 'none'))).resolves.toBeUndefined();
});
