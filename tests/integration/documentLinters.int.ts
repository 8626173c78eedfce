import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { npmTools } from '../support/clients/tools.ts';
import { asyncApi, openApi } from '../support/http/documents.ts';

const run = promisify(execFile);

// The first run on a machine downloads the linters.
const START_LIMIT_MS = 300_000;

const LINT = join(import.meta.dirname, '../support/clients/npm/lint.mjs');

let tools: string;
let folder: string;

beforeAll(async () => {
  tools = await npmTools();
  folder = await mkdtemp(join(tmpdir(), 'poleparty-documents-'));
  await copyFile(LINT, join(tools, 'lint.mjs'));
}, START_LIMIT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function save(name: string, document: object): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(document));
  return file;
}

async function lint(kind: 'openapi' | 'asyncapi', document: object): Promise<unknown[]> {
  const file = await save(kind, document);
  const { stdout } = await run(process.execPath, ['lint.mjs', kind, file], { cwd: tools });
  return JSON.parse(stdout);
}

/** Redocly's findings; it exits with 1 if one of them is an error. */
async function redocly(document: object): Promise<unknown[]> {
  const file = await save('redocly', document);
  const cli = join(tools, 'node_modules/@redocly/cli/bin/cli.js');
  const args = [cli, 'lint', file, '--extends', 'recommended', '--format', 'json'];
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { stdout } = await run(process.execPath, args, { cwd: folder, env }).catch((error) => error);
  return JSON.parse(stdout).problems;
}

describe('without a warning', () => {
  test('Redocly reads /openapi.json', async () => {
    expect(await redocly(openApi)).toEqual([]);
    expect(await redocly({ ...openApi, tags: [{ name: 'Polls' }, { name: 'Polls' }], info: {} })).not.toEqual(
      [],
    );
  });

  test('Spectral reads /openapi.json', async () => {
    expect(await lint('openapi', openApi)).toEqual([]);
    expect(await lint('openapi', { ...openApi, info: {} })).not.toEqual([]);
  });

  test("AsyncAPI's parser reads /asyncapi.json", async () => {
    expect(await lint('asyncapi', asyncApi)).toEqual([]);
    expect(await lint('asyncapi', { ...asyncApi, info: {} })).not.toEqual([]);
  });
});
