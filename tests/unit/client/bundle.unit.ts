import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import { buildClient, CLIENT_PACKAGE } from '../../../lib/infra/build/buildPackages.ts';

const MAX_BYTES = 4 * 1_024;

let bundle: Buffer;
beforeAll(async () => {
  await buildClient();
  bundle = await readFile(join(CLIENT_PACKAGE, 'client.mjs'));
});

test('the client is one file of at most 4 KB, gzipped', () => {
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(MAX_BYTES);
  expect(`${bundle}`).not.toMatch(/\bimport\b|\brequire\b/);
});

test('a page that loads the file gets a client', async () => {
  const { createClient } = await import(`data:text/javascript;base64,${bundle.toString('base64')}`);
  const asked: string[] = [];
  const answer = { data: [{ rank: 1 }], timestamp: '2026-01-01T00:00:00Z' };
  const client = createClient({
    http: 'https://polls.example',
    ws: 'wss://live.example',
    fetch: async (url: string) => {
      asked.push(url);
      return new Response(JSON.stringify(answer));
    },
  });
  expect(await client.getLeaderboard(3)).toEqual(answer.data);
  expect(asked).toEqual(['https://polls.example/leaderboard?limit=3']);
});
