import { beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { until } from '../../lib/concurrency/deadline.ts';
import { optionOf } from '../support/http/api.ts';
import { pixelsOf } from '../support/page/browser.ts';
import { axeFindings, layoutShift, overflows, treeOf } from '../support/page/judge.ts';
import { pageSite } from '../support/page/pageSite.ts';
import {
  otherStates,
  type PreparedPolls,
  preparePolls,
  type Visit,
  voterStates,
} from '../support/page/pageStates.ts';
import { usePseudoLocale } from '../support/page/pseudoLocale.ts';

const site = pageSite();
let polls: PreparedPolls;
beforeAll(async () => {
  polls = await preparePolls(site);
});

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };
/** A window of 1280 pixels at 200 %. */
const ZOOMED = { width: 640, height: 400 };

const MODES: [name: string, size: typeof WIDE, media: Parameters<Page['emulateMedia']>[0]][] = [
  ['light', WIDE, { colorScheme: 'light' }],
  ['dark, 320 px, reduced motion', NARROW, { colorScheme: 'dark', reducedMotion: 'reduce' }],
  ['forced colours', WIDE, { colorScheme: 'light', forcedColors: 'active' }],
];

/** Errors of networks that a state breaks on purpose, and of the page for an unknown code. */
const EXPECTED_FAULT = /Failed to load resource|net::ERR|WebSocket connection/;

describe('every state of every view', () => {
  const states = Object.entries({ ...voterStates, ...otherStates });

  test.each(states)('%s', async (_, enter) => {
    const faults: string[][] = [];
    const findings: string[] = [];
    const visiting =
      (options: BrowserContextOptions, always?: (page: Page) => Promise<void>): Visit =>
      async (path, prepare) => {
        const opened = await site.browser.open(path, options, async (page) => {
          await always?.(page);
          await prepare?.(page);
        });
        opened.page.setDefaultTimeout(40_000);
        faults.push(opened.faults);
        return opened.page;
      };
    const note = (mode: string, found: string[]) => findings.push(...found.map((one) => `${mode}: ${one}`));

    const inEnglish = async () => {
      const page = await enter(visiting({ viewport: WIDE }), site, polls);
      const tree = await treeOf(page);
      for (const [mode, size, media] of MODES) {
        await page.setViewportSize(size);
        await page.emulateMedia(media);
        note(mode, await axeFindings(page));
      }
      return tree;
    };
    const inArabic = async () => {
      const page = await enter(visiting({ viewport: NARROW, locale: 'ar' }), site, polls);
      note('Arabic, 320 px', [...(await overflows(page)), ...(await axeFindings(page))]);
    };
    const inLongerWords = async () => {
      const longer = visiting({ viewport: WIDE }, (page) => usePseudoLocale(page, site.system));
      const page = await enter(longer, site, polls);
      for (const size of [WIDE, ZOOMED, NARROW]) {
        await page.setViewportSize(size);
        note(`longer words, ${size.width} px`, await overflows(page));
      }
    };

    const [tree] = await Promise.all([inEnglish(), inArabic(), inLongerWords()]);
    expect(findings).toEqual([]);
    expect(faults.flat().filter((fault) => !EXPECTED_FAULT.test(fault))).toEqual([]);
    expect(tree).toMatchSnapshot();
  });
});

describe('nothing moves while a view loads', () => {
  const PHONE = { width: 390, height: 844 };
  const long = { question: 'Where does the next meeting take place, and who brings the cake?' };
  const many = { ...long, options: Array.from({ length: 20 }, (_, at) => `Answer ${at}`) };

  /** The address of a view, and what is there when it has loaded. */
  const views: [view: string, address: () => Promise<string>, loaded: string][] = [
    ['vote', async () => (await site.client.makePoll(long)).code, '#peek:not([hidden])'],
    [
      'vote, with hidden results',
      async () => (await site.client.makePoll({ results_visibility: 'after_close' })).code,
      '#notice:not([hidden])',
    ],
    ['final results', finalAddress, 'a[href*=bom]'],
    ['embed', async () => `${(await site.client.makePoll(long)).code}?view=embed`, '#peek:not([hidden])'],
    [
      'wall',
      async () => `${(await site.client.makePoll(long)).code}?view=wall`,
      '#results .count:not(:empty)',
    ],
    [
      'wall of many answers',
      async () => `${(await site.client.makePoll(many)).code}?view=wall`,
      '#results .count:not(:empty)',
    ],
    ['wall with a winner', async () => `${await finalAddress()}?view=wall`, '#results .count:not(:empty)'],
    ['overlay', async () => `${polls.tie.code}?view=overlay`, '#results li'],
    ['owner', ownersAddress, '.panel svg'],
    ['unknown code', async () => 'zzzzz9', '#code'],
  ];
  async function finalAddress(): Promise<string> {
    const { code } = polls.usual;
    const isFinal = async () =>
      expect((await site.client.get(`/polls/${code}`)).body).toMatchObject({ is_final: true });
    await until(isFinal, 40_000);
    return code;
  }
  async function ownersAddress(): Promise<string> {
    const { code, admin_token } = await site.client.makePoll(long);
    return `${code}#manage=${admin_token}`;
  }

  test.each(views)('%s', async (_, address, loaded) => {
    const path = `/${await address()}`;
    const shifts = [PHONE, WIDE].map(async (viewport) => {
      const { page } = await site.browser.open(path, { viewport });
      await page.locator(loaded).first().waitFor();
      await page.locator('#qr:empty, #controls:not(.ready)').waitFor({ state: 'detached' });
      return layoutShift(page);
    });
    for (const shift of await Promise.all(shifts)) expect(shift).toBeLessThanOrEqual(0.01);
  });
});

test('announcements come at most once in ten seconds, and none after they are switched off', async () => {
  const poll = await site.client.makePoll();
  const { page } = await site.browser.open(`/${poll.code}`);
  await page.getByRole('button', { name: 'Show results' }).click();
  await page.evaluate(`{
    globalThis.said = [];
    const line = document.getElementById('status');
    new MutationObserver(() => said.push(line.textContent)).observe(line, { childList: true, characterData: true, subtree: true });
  }`);
  for (const voter of ['b', 'c', 'd', 'e', 'f']) {
    await site.client.voteAndWait(poll.id, { user_id: voter, option_id: optionOf(poll) });
  }
  await page.getByRole('listitem').filter({ hasText: 'Tea' }).filter({ hasText: '5 votes' }).waitFor();
  expect(await page.evaluate<string[]>('said')).toHaveLength(0);
  await until(async () => expect(await page.evaluate<string[]>('said')).toHaveLength(1), 15_000);
  await page.getByRole('button', { name: 'Announce changes' }).click();
  expect(await page.evaluate<string[]>('said')).toHaveLength(1);
});

test('pixels beside the overlay are transparent, in dark mode as well', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await site.browser.open(`/${polls.tie.code}?view=overlay`, {
      colorScheme,
      viewport: WIDE,
    });
    await page.locator('.rows li').first().waitFor();
    const png = await page.screenshot({
      omitBackground: true,
      clip: { x: 1_200, y: 8, width: 8, height: 8 },
    });
    const alpha = (await pixelsOf(page, png)).data[3];
    expect({ colorScheme, alpha }).toEqual({ colorScheme, alpha: 0 });
  }
});
