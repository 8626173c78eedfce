import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../../lib/concurrency/deadline.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { treeOf } from '../support/page/judge.ts';
import { blockStorage, type Held, holdOutcomes, holdVotes } from '../support/page/line.ts';
import { counted, pageSite, row, vote } from '../support/page/pageSite.ts';
import { type PreparedPolls, preparePolls, type Visit, voterStates } from '../support/page/pageStates.ts';

const site = pageSite();
let polls: PreparedPolls;
beforeAll(async () => {
  polls = await preparePolls(site);
});

const visit: Visit = async (path, prepare) => {
  const { page } = await site.browser.open(path, {}, prepare);
  page.setDefaultTimeout(30_000);
  return page;
};

const codeOf = (page: Page) => new URL(page.url()).pathname.slice(1);
const pollOf = async (page: Page) => (await site.client.get<Poll>(`/polls/${codeOf(page)}`)).body;

describe('a reload', () => {
  const same = [
    'a poll that is not open yet',
    'a vote on its way',
    'a vote that has arrived',
    'a vote that is counted',
    'a vote that is changed',
    'results that are hidden until the end',
    'the last votes being counted',
    'a winner',
  ];

  test.each(same)('shows the same of %s', async (name) => {
    const enter = voterStates[name];
    if (!enter) throw new Error(`There is no state ${name}.`);
    const page = await enter(visit, site, polls);
    const before = await treeOf(page, 'main');
    await page.reload();
    await until(async () => expect(await treeOf(page, 'main')).toBe(before), 15_000);
  });

  test.each([
    ['on its way', 'sending', holdVotes],
    ['that has arrived', 'arrived', holdOutcomes],
  ])('of a vote %s leads to one that is counted, once', async (_, stage, hold) => {
    const poll = await site.client.makePoll();
    let held: Held | undefined;
    const page = await visit(`/${poll.code}`, async (opened) => {
      held = await hold(opened);
    });
    await vote(page, 'Tea');
    await page.locator(`#fate[data-stage=${stage}]`).waitFor();
    await page.reload();
    await page.locator(`#fate[data-stage=${stage}]`).waitFor();
    await held?.release();
    await counted(page);
    await row(page, 'Tea', 'Your choice');
    expect(await pollOf(page)).toMatchObject({ total_votes: 1 });
  });

  test('of a poll that was deleted is a page with a field for another code', async () => {
    const enter = voterStates['a poll that is deleted'];
    const page = await enter?.(visit, site, polls);
    // A page may come from a cache for a second.
    await until(async () => {
      await page?.reload();
      expect(await page?.title()).toBe('No poll here');
    }, 10_000);
    await page?.getByLabel('Enter a code').waitFor();
  });
});

describe('a browser that stores nothing', () => {
  test('makes a poll, stays its owner after a reload, and votes', async () => {
    const { page, faults } = await site.browser.open('/', {}, blockStorage);
    await page.getByLabel('Question').fill('Nothing stored?');
    await page.getByRole('button', { name: 'Yes / No', exact: true }).click();
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByRole('region', { name: 'Your poll' }).waitFor();
    await page.reload();
    await page.getByRole('region', { name: 'Your poll' }).waitFor();
    await vote(page, 'Yes');
    await page.getByText('This browser stores nothing for this page').waitFor();
    await row(page, 'Yes', '1 vote');
    const wall = await site.browser.open(`/${codeOf(page)}?view=wall`, {}, blockStorage);
    await row(wall.page, 'Yes', '100%');
    expect([...faults, ...wall.faults]).toEqual([]);
  });
});

/** What Chromium 103, Safari 15.4 or Firefox 102 lacks, of what people might use. */
const NEWER = `
  for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with', 'findLast', 'findLastIndex'])
    delete Array.prototype[name];
  for (const name of ['union', 'intersection', 'difference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'])
    delete Set.prototype[name];
  for (const name of ['ariaLabel', 'ariaPressed', 'ariaDisabled', 'ariaHidden', 'checkVisibility', 'setHTMLUnsafe', 'moveBefore'])
    delete Element.prototype[name];
  for (const name of ['isWellFormed', 'toWellFormed']) delete String.prototype[name];
  for (const name of ['withResolvers', 'try']) delete Promise[name];
  for (const name of ['canParse', 'parse']) delete URL[name];
  for (const name of ['any', 'timeout']) delete AbortSignal[name];
  for (const name of ['DurationFormat', 'Segmenter']) delete Intl[name];
  for (const name of ['wakeLock', 'share', 'canShare', 'userAgentData', 'clipboard', 'locks'])
    delete Navigator.prototype[name];
  for (const name of ['requestIdleCallback', 'structuredClone', 'navigation', 'scheduler', 'Iterator', 'SuppressedError',
    'documentPictureInPicture', 'cookieStore', 'trustedTypes']) delete window[name];
  delete Array.fromAsync; delete Object.groupBy; delete Map.groupBy; delete Response.json;
  delete Crypto.prototype.randomUUID; delete Document.prototype.startViewTransition;
  delete Document.prototype.adoptedStyleSheets; delete HTMLElement.prototype.showPopover;
`;

describe('an older browser', () => {
  test('makes a poll, votes, watches and manages, without what is newer than it', async () => {
    const old = (page: Page) => page.addInitScript(NEWER);
    const { page, faults } = await site.browser.open('/', {}, old);
    expect(await page.evaluate('[].toSorted || Promise.withResolvers || crypto.randomUUID')).toBeUndefined();
    await page.getByLabel('Question').fill('How old?');
    await page.getByRole('button', { name: '1 / 2 / 3 / 4 / 5' }).click();
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByRole('img', { name: 'QR code' }).waitFor();
    await page.getByRole('button', { name: 'Copy: Link for voters' }).click();
    await vote(page, '3');
    await counted(page);
    await page.getByText('Mean: 3').waitFor();
    const wall = await site.browser.open(`/${codeOf(page)}?view=wall`, {}, old);
    await row(wall.page, '3', '100%');
    await wall.page.getByText('This screen may go to sleep').waitFor();
    await page.getByRole('button', { name: 'Add 5 minutes' }).click();
    await page.getByText('Done.').first().waitFor({ state: 'attached' });
    await wall.page.getByText(/Closes on/).waitFor();
    expect([...faults, ...wall.faults]).toEqual([]);
  });
});

test('the server’s clock counts down, on a device that is five minutes off', async () => {
  const soon = await site.client.makePoll({ expired_at: undefined, expires_in: 600 });
  const page = await visit(`/${soon.code}`, (opened) => opened.clock.setSystemTime(Date.now() + 300_000));
  await page.getByText(/Closes in (9:5|9:4|10:00)/).waitFor();
});
