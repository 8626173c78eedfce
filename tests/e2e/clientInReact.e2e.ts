import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { freePort } from '../../lib/offline/ports.ts';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { binary, installClient, linkModules } from '../support/packages/installPacked.ts';
import { launchBrowser, type TestBrowser } from '../support/page/browser.ts';
import { run } from '../support/run.ts';
import { type Launched, launch } from '../support/servers/launch.ts';
import { type System, startSystem } from '../support/system/system.ts';

const APP = resolve(import.meta.dirname, '../support/packages/react');
const VITE = binary('vite/bin/vite.js');

/** Faster than answers come; React acts on a click in a microtask. */
const TOGGLE_AND_BACK = `(async () => {
  for (let clicks = 0; clicks < 4; clicks += 1) {
    document.querySelector('button').click();
    await null;
  }
})()`;

let folder: string;
let system: System;
let client: ReturnType<typeof api>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'react-app-'));
  await cp(APP, folder, { recursive: true });
  await installClient(folder);
  await linkModules(['react', 'react-dom'], folder);
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

// React mounts components twice in its development build only.
describe.each([
  { mode: 'development', mounts: 4 },
  { mode: 'production', mounts: 2 },
])('a React app that Vite builds for $mode', ({ mode, mounts }) => {
  let server: Launched;
  let browser: TestBrowser;

  beforeAll(async () => {
    const env = { NODE_ENV: mode };
    await run(process.execPath, [VITE, 'build', '--mode', mode], folder, env);
    const port = await freePort();
    const args = ['preview', '--port', `${port}`, '--strictPort', '--host', '127.0.0.1'];
    server = launch([process.execPath, VITE, ...args], { cwd: folder, env });
    await server.said(/Local/);
    browser = await launchBrowser(`http://127.0.0.1:${port}`);
  });
  afterEach(() => browser?.closePages());
  afterAll(async () => {
    await browser?.close();
    if (server && !server.hasExited()) process.kill(server.pid);
    await server?.exited;
  });

  const open = (poll: MadePoll) => {
    const where = { http: system.httpUrl, ws: system.wsUrl, poll: poll.id };
    return browser.open(`/?${new URLSearchParams(where)}`);
  };

  /** On the app's connection, and on one of the component's own. */
  async function bothShow(page: Page, row: string): Promise<void> {
    for (const id of ['shared', 'own'])
      await page.locator(`#${id}`).getByText(row, { exact: true }).waitFor();
  }

  const toggle = (page: Page) => page.getByRole('button').click();

  test('in StrictMode shows votes as they are counted', async () => {
    const poll = await client.makePoll();
    const { page, faults } = await open(poll);
    await bothShow(page, 'Tea 0');
    expect(await page.evaluate('window.mounts')).toBe(mounts);
    await client.vote(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await bothShow(page, 'Tea 1');
    await client.vote(poll.id, { user_id: 'bob', option_id: optionOf(poll) });
    await bothShow(page, 'Tea 2');
    expect(faults).toEqual([]);
  });

  test('shows votes after its component was unmounted, and mounted again at once or later', async () => {
    const poll = await client.makePoll();
    const { page, faults } = await open(poll);
    await bothShow(page, 'Tea 0');
    await page.evaluate(TOGGLE_AND_BACK);
    expect(await page.evaluate('window.mounts')).toBe(3 * mounts);
    await client.vote(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await bothShow(page, 'Tea 1');
    await toggle(page);
    await page.locator('li').first().waitFor({ state: 'detached' });
    await client.vote(poll.id, { user_id: 'bob', option_id: optionOf(poll) });
    await toggle(page);
    await bothShow(page, 'Tea 2');
    await client.vote(poll.id, { user_id: 'eve', option_id: optionOf(poll) });
    await bothShow(page, 'Tea 3');
    expect(faults).toEqual([]);
  });
});
