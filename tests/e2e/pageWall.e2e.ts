import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import decodeQR from 'qr/decode.js';
import { type MadePoll, optionOf } from '../support/http/api.ts';
import { pixelsOf } from '../support/page/browser.ts';
import { type Line, wire } from '../support/page/line.ts';
import { ownerOf, pageSite } from '../support/page/pageSite.ts';

const site = pageSite();

describe('the wall', () => {
  test('shows host, code, QR and moving bars; hides and freezes them on request', async () => {
    const poll = await site.client.makePoll();
    const { page, faults } = await site.browser.open(`/${poll.code}?view=wall`, {
      viewport: { width: 1920, height: 1080 },
    });
    await page.getByText(`Join at ${new URL(site.system.httpUrl).host}`).waitFor();
    await page.getByText(poll.code, { exact: true }).waitFor();
    const qr = await page.locator('#qr svg').boundingBox();
    expect(qr?.height).toBeGreaterThanOrEqual(0.22 * 1080 - 1);
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.getByRole('listitem').filter({ hasText: 'Tea' }).filter({ hasText: '1 · 100%' }).waitFor();
    await page.keyboard.press('r');
    await page.getByText('Results are hidden.').first().waitFor();
    expect(await page.getByText(poll.code, { exact: true }).isVisible()).toBe(true);
    await page.keyboard.press('r');
    await page.keyboard.press('p');
    await site.client.voteAndWait(poll.id, { user_id: 'bob', option_id: optionOf(poll, 1) });
    expect(await page.getByRole('listitem').filter({ hasText: 'Tea' }).textContent()).toContain('100%');
    await page.keyboard.press('p');
    await page.getByRole('listitem').filter({ hasText: 'Coffee' }).filter({ hasText: '1 · 50%' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('hides and shows results in a pause too, and shows them as they were', async () => {
    const poll = await site.client.makePoll();
    const { page } = await site.browser.open(`/${poll.code}?view=wall`);
    const tea = page.getByRole('listitem').filter({ hasText: 'Tea' });
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await tea.filter({ hasText: '1 · 100%' }).waitFor();
    await page.keyboard.press('p');
    await page.keyboard.press('r');
    await tea.waitFor({ state: 'hidden' });
    await page.getByText('Results are hidden.').first().waitFor();
    await site.client.voteAndWait(poll.id, { user_id: 'bob', option_id: optionOf(poll, 1) });
    await page.keyboard.press('r');
    await tea.filter({ hasText: '1 · 100%' }).waitFor();
    // Hidden before the pause, they can be shown in it.
    await page.keyboard.press('p');
    await tea.filter({ hasText: '1 · 50%' }).waitFor();
    await page.keyboard.press('r');
    await tea.waitFor({ state: 'hidden' });
    await page.keyboard.press('p');
    await page.keyboard.press('r');
    await tea.filter({ hasText: '1 · 50%' }).waitFor();
  });

  test('ignores its keys on request, and keeps its buttons', async () => {
    const poll = await site.client.makePoll();
    const { page } = await site.browser.open(`/${poll.code}?view=wall&keys=off`);
    await page.keyboard.press('r');
    const button = page.getByRole('button', { name: 'Hide results' });
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await button.click();
    await page.getByText('Results are hidden.').first().waitFor();
  });

  test('has a QR code that scanners read, in dark mode too', async () => {
    const poll = await site.client.makePoll();
    const { page } = await site.browser.open(`/${poll.code}?view=wall`, { colorScheme: 'dark' });
    const png = await page.locator('#qr svg').screenshot();
    const link = `${site.system.httpUrl}/${poll.code}`.toUpperCase();
    expect(decodeQR(await pixelsOf(page, png), { timeLimit: 5_000 })).toBe(link);
  });

  test('as an overlay has a background that lets the stream through, and at most the asked rows', async () => {
    const poll = await site.client.makePoll({ options: ['A', 'B', 'C', 'D'] });
    const { page } = await site.browser.open(`/${poll.code}?view=overlay&max=2`);
    await page.getByRole('listitem').first().waitFor();
    expect(await page.getByRole('listitem').count()).toBe(2);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgba(0, 0, 0, 0)');
  });
});

describe('a poll that changes while nobody looks', () => {
  const over: { poll?: MadePoll } = {};
  beforeAll(async () => {
    over.poll = await site.client.makePoll();
    await site.client.send('PATCH', `/polls/${over.poll.id}`, { closed: true }, ownerOf(over.poll));
  });

  test('leaves the wall when it was deleted during an outage', async () => {
    const poll = await site.client.makePoll();
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    let line: Line | undefined;
    const { page } = await site.browser.open(`/${poll.code}?view=wall`, {}, async (opened) => {
      line = await wire(opened);
    });
    await page.getByRole('listitem').filter({ hasText: 'Tea' }).waitFor();
    line?.cut();
    await site.client.send('DELETE', `/polls/${poll.id}`, undefined, ownerOf(poll));
    line?.mend();
    await page.getByText('This poll was deleted.').first().waitFor();
    expect(await page.getByRole('listitem').count()).toBe(0);
    expect(await page.getByText(poll.code, { exact: true }).isVisible()).toBe(false);
  });

  test('is not called hidden before the first message', async () => {
    const poll = await site.client.makePoll();
    const { page } = await site.browser.open(`/${poll.code}?view=wall`, {}, (opened) =>
      wire(opened, { toPage: () => false }),
    );
    await page.getByText(/Closes (in|on)/).waitFor();
    expect((await page.locator('#summary').textContent())?.trim()).toBe('');
  });

  test('lets the overlay fade after the end, and come back when it is reopened', async () => {
    const { poll } = over;
    if (!poll) throw new Error('There is no poll.');
    const { page } = await site.browser.open(`/${poll.code}?view=overlay`, {}, (opened) =>
      opened.clock.install(),
    );
    await page.getByText('These results are final.').first().waitFor({ timeout: 40_000 });
    expect(await page.locator('body.faded').count()).toBe(0);
    await page.clock.fastForward(10_000);
    await page.locator('body.faded').waitFor({ state: 'attached' });
    await site.client.send('PATCH', `/polls/${poll.id}`, { expires_in: 60 }, ownerOf(poll));
    await page.locator('body:not(.faded)').waitFor({ state: 'attached' });
  });
});

describe('another page', () => {
  let path = '';
  const slides = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    // In a sandbox, the frame has no storage and no origin.
    response.end(`<iframe src="${site.system.httpUrl}${path}" sandbox="allow-scripts" width=600 height=800>`);
  });
  beforeAll(async () => {
    await once(slides.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => void slides.close());

  const frame = async (framed: string) => {
    path = framed;
    const { port } = slides.address() as AddressInfo;
    const { page } = await site.browser.open(`http://127.0.0.1:${port}/`);
    return page.frameLocator('iframe');
  };

  test('frames the embed, also in a sandbox, where a vote is counted', async () => {
    const poll = await site.client.makePoll();
    const embed = await frame(`/${poll.code}?view=embed`);
    await embed.getByLabel('Tea').check();
    await embed.locator('#vote[aria-disabled=false]').click();
    await embed.getByText('Your vote is counted.').first().waitFor();
    await embed.getByText('This browser stores nothing').waitFor();
  });

  test('shows in its frame why there is no poll', async () => {
    const embed = await frame('/ZZZZZ9?view=embed');
    await embed.getByRole('heading', { name: 'No poll here' }).waitFor();
    expect(await embed.getByRole('textbox').count()).toBe(0);
  });

  test('cannot frame the vote view, the start or a manage link', async () => {
    const poll = await site.client.makePoll();
    for (const view of ['/', `/${poll.code}`]) {
      const framed = await frame(view);
      expect(await framed.getByRole('heading').count()).toBe(0);
    }
  });
});
