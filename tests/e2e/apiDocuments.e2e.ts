import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeGoClient, makePythonClient, makeTypeScriptClient } from '../support/clients/generate.ts';
import { tryAtRandom } from '../support/clients/schemathesis.ts';
import { hasGo, hasPython } from '../support/clients/tools.ts';
import { api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';

// The first run on a machine downloads the generators.
const START_LIMIT_MS = 300_000;

let system: System;
let folder: string;

beforeAll(async () => {
  system = await startSystem();
  folder = await mkdtemp(join(tmpdir(), 'poleparty-clients-'));
}, START_LIMIT_MS);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

// A bare machine needs neither Go nor Python; continuous integration must have both.
const isCI = process.env['CI'] !== undefined;
const clients = [
  { language: 'TypeScript', make: makeTypeScriptClient, canRun: true },
  { language: 'Python', make: makePythonClient, canRun: isCI || hasPython() },
  { language: 'Go', make: makeGoClient, canRun: isCI || hasGo() },
];
for (const { language, canRun } of clients) {
  if (!canRun) console.warn(`The client for ${language} is not tried: its language is not here.`);
}

describe('a client generated from /openapi.json', () => {
  test.each(clients.filter(({ canRun }) => canRun))(
    'for $language compiles and walks a poll from creation to deletion',
    async ({ language, make }) => {
      const home = join(folder, language);
      await mkdir(home);
      const document = await (await fetch(`${system.httpUrl}/openapi.json`)).text();
      await writeFile(join(home, 'openapi.json'), document);
      const { walk } = await make(home);
      expect(await walk(system.httpUrl)).toBe('walked\n');
    },
    START_LIMIT_MS,
  );
});

(isCI || hasPython() ? describe : describe.skip)('the API under random requests', () => {
  test(
    'answers as /openapi.json describes, and never with a 5xx',
    async () => {
      const client = api(system.httpUrl);
      const poll = await client.makePoll({ allow_change: true });
      const other = await client.makePoll();
      const vote = await client.vote(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
      const { receipt } = vote.body;
      const known = { pollId: poll.id, adminToken: poll.admin_token, otherPollId: other.id, receipt };
      const report = await tryAtRandom(system.httpUrl, folder, known);
      const [, generated, passed] = /(\d+) generated, (\d+) passed/.exec(report) ?? [];
      expect(passed).toBe(generated);
      expect(Number(generated)).toBeGreaterThan(300);
    },
    START_LIMIT_MS,
  );
});
