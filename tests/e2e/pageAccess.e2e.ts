import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { until } from '../../lib/concurrency/deadline.ts';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { launchBrowser, pixelsOf, type TestBrowser } from '../support/page/browser.ts';
import { type System, startSystem } from '../support/system/system.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen';

let system: System;
let client: ReturnType<typeof api>;
let browser: TestBrowser;
let poll: MadePoll;
let final: MadePoll;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
  browser = await launchBrowser(system.httpUrl);
  poll = await client.makePoll({ question: `Which ${LONG}?`, options: [LONG, 'Coffee', 'שלום (a)'] });
  await client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
  final = await client.makePoll();
  await client.send(
    'PATCH',
    `/polls/${final.id}`,
    { closed: true },
    { authorization: `Bearer ${final.admin_token}` },
  );
});
afterEach(() => browser?.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

interface Finding {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Everything that axe calls a violation, and what it could not decide. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations, incomplete } = await page.evaluate<{ violations: Finding[]; incomplete: Finding[] }>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations', 'incomplete'] })`,
  );
  return [...violations, ...incomplete].map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );
}

const overflow = (page: Page) =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Makes the window as high as the page: axe cannot judge what the vote bar, which sticks to the end, lies above. */
async function showWhole(page: Page, { viewport }: BrowserContextOptions): Promise<void> {
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ width: viewport?.width ?? WIDE.width, height });
}

/** What WCAG 1.4.12 asks text to survive. A style element would be against the page's policy. */
const SPACED = `{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }');
  document.adoptedStyleSheets = [sheet];
}`;

type View = [name: string, path: () => string, ready: (page: Page) => Promise<unknown>];

const vote = async (page: Page) => {
  await page.getByLabel('Coffee').check();
  await page.locator('#vote[aria-disabled=false]').click();
  await page.locator('#fate[data-stage=counted]').waitFor();
};
const views: View[] = [
  ['the start', () => '/', (page) => page.locator('#board :is(li, p):visible').first().waitFor()],
  ['voting', () => `/${poll.code}`, (page) => page.getByLabel('Coffee').waitFor()],
  ['a vote that is counted', () => `/${poll.code}`, vote],
  [
    'final results',
    () => `/${final.code}`,
    (page) => page.locator('a[href*=csv], a[href*=bom]').waitFor({ timeout: 60_000 }),
  ],
  [
    'the owner’s view',
    () => `/${poll.code}#manage=${poll.admin_token}`,
    (page) => page.locator('.panel svg').waitFor(),
  ],
  ['the embed', () => `/${poll.code}?view=embed`, (page) => page.getByLabel('Coffee').waitFor()],
  ['the wall', () => `/${poll.code}?view=wall`, (page) => page.locator('.rows li').first().waitFor()],
  ['the overlay', () => `/${poll.code}?view=overlay`, (page) => page.locator('.rows li').first().waitFor()],
  ['an unknown code', () => '/zzzzz9', (page) => page.locator('#code').waitFor()],
];

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };
const modes: [name: string, options: BrowserContextOptions][] = [
  ['light', { viewport: WIDE, colorScheme: 'light' }],
  ['dark, 320 px, reduced motion', { viewport: NARROW, colorScheme: 'dark', reducedMotion: 'reduce' }],
  ['forced colours', { viewport: WIDE, forcedColors: 'active' }],
  ['German, 320 px', { viewport: NARROW, locale: 'de-DE' }],
  ['Arabic, 320 px', { viewport: NARROW, locale: 'ar' }],
];

describe.each(views)('%s', (_, path, ready) => {
  test.each(modes)('has no finding of axe and no overflow: %s', async (_mode, options) => {
    const { page, faults } = await browser.open(path(), options);
    await ready(page);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await showWhole(page, options);
    expect(await findings(page)).toEqual([]);
    await page.evaluate(SPACED);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    // The page for an unknown code is a 404, which Chromium reports.
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
  });
});

test('announcements come at most once in ten seconds, and none after they are switched off', async () => {
  const { page } = await browser.open(`/${poll.code}`);
  await page.getByRole('button', { name: 'Show results' }).click();
  await page.evaluate(`{
    globalThis.said = [];
    const line = document.getElementById('status');
    new MutationObserver(() => said.push(line.textContent)).observe(line, { childList: true, characterData: true, subtree: true });
  }`);
  for (const voter of ['b', 'c', 'd', 'e']) {
    await client.voteAndWait(poll.id, { user_id: voter, option_id: optionOf(poll) });
  }
  await page
    .getByRole('listitem')
    .filter({ hasText: LONG })
    .filter({ hasText: /[5-9] votes/ })
    .waitFor();
  expect(await page.evaluate<string[]>('said')).toHaveLength(0);
  await until(async () => expect(await page.evaluate<string[]>('said')).toHaveLength(1), 15_000);
  await page.getByRole('button', { name: 'Announce changes' }).click();
  expect(await page.evaluate<string[]>('said')).toHaveLength(1);
});

test('the server’s clock counts down, on a device that is five minutes off', async () => {
  const soon = await client.makePoll({ expired_at: undefined, expires_in: 600 });
  const { page } = await browser.open(`/${soon.code}`);
  await page.clock.setSystemTime(Date.now() + 300_000);
  await page.reload();
  await page.getByText(/Closes in (9:5|9:4|10:00)/).waitFor();
});

test('pixels beside the overlay are transparent, in dark mode as well', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await browser.open(`/${poll.code}?view=overlay`, { colorScheme, viewport: WIDE });
    await page.locator('.rows li').first().waitFor();
    const png = await page.screenshot({
      omitBackground: true,
      clip: { x: 1_200, y: 8, width: 8, height: 8 },
    });
    const alpha = (await pixelsOf(page, png)).data[3];
    expect({ colorScheme, alpha }).toEqual({ colorScheme, alpha: 0 });
  }
});
