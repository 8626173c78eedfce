import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Page } from 'playwright-core';
import { api, type MadePoll } from '../http/api.ts';
import { type System, startSystem } from '../system/system.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';

export interface PageSite {
  system: System;
  client: ReturnType<typeof api>;
  browser: TestBrowser;
}

/** The whole system and one browser for a file of tests. Pages are closed after each test, so that none of them watches
 * during the next.
 * @returns an object that is filled before the first test */
export function pageSite(): PageSite {
  const site = {} as PageSite;
  beforeAll(async () => {
    site.system = await startSystem();
    site.client = api(site.system.httpUrl);
    site.browser = await launchBrowser(site.system.httpUrl);
  });
  afterEach(() => site.browser?.closePages());
  afterAll(async () => {
    await site.browser?.close();
    await site.system?.stop();
  });
  return site;
}

export const ownerOf = ({ admin_token }: MadePoll) => ({ authorization: `Bearer ${admin_token}` });

/** Votes as a person does. */
export async function vote(page: Page, option: string): Promise<void> {
  await page.getByLabel(option, { exact: true }).check();
  await page.getByRole('button', { name: 'Vote', exact: true }).click();
}

export const counted = (page: Page) =>
  page.getByText('Your vote is counted.', { exact: true }).first().waitFor();

/** Waits until the option's row has a text. */
export const row = (page: Page, option: string, text: string) =>
  page.getByRole('listitem').filter({ hasText: option }).filter({ hasText: text }).waitFor();
