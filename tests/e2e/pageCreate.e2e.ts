import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import type { Poll } from '../../lib/domain/poll.ts';
import { api, optionOf } from '../support/http/api.ts';
import { launchBrowser, pixelsOf, type TestBrowser } from '../support/page/browser.ts';
import { type System, startSystem } from '../support/system/system.ts';

let system: System;
let client: ReturnType<typeof api>;
let browser: TestBrowser;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
  browser = await launchBrowser(system.httpUrl);
});
afterEach(() => browser?.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const codeOf = (page: Page) => new URL(page.url()).pathname.slice(1);
const pollOf = async (page: Page) => (await client.get<Poll>(`/polls/${codeOf(page)}`)).body;

/** Types a poll as a person does, by keyboard alone, and waits for its owner's view. */
async function create(page: Page, question: string, options: string[]): Promise<void> {
  await page.getByLabel('Question').focus();
  await page.keyboard.type(question);
  await page.keyboard.press('Tab');
  for (const option of options) {
    await page.keyboard.type(option);
    await page.keyboard.press('Enter');
  }
  await page.getByRole('button', { name: 'Start the poll' }).press('Enter');
  await page.getByRole('region', { name: 'Your poll' }).waitFor();
}

describe('the start', () => {
  test('makes a poll by keyboard, votes, and shows the poll among those of this device', async () => {
    const { page, faults } = await browser.open('/');
    await create(page, 'Where do we eat?', ['Pizza', 'Sushi']);
    expect(page.url()).toMatch(/\/[0-9A-Z]{6}$/);
    expect(await pollOf(page)).toMatchObject({ question: 'Where do we eat?', total_votes: 0 });
    await page.getByLabel('Sushi').check();
    await page.keyboard.press('Enter');
    await page.getByText('Your vote is counted.').first().waitFor();
    await page.goto('/');
    await page.getByRole('link', { name: 'Where do we eat?' }).first().click();
    await page.getByRole('region', { name: 'Your poll' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('takes pasted lines, templates and settings', async () => {
    const { page } = await browser.open('/');
    await page.getByRole('button', { name: '1 / 2 / 3 / 4 / 5' }).click();
    expect(await page.getByRole('textbox', { name: /^Answer/ }).count()).toBe(5);
    await page.getByRole('button', { name: 'Yes / No', exact: true }).click();
    await page.getByRole('textbox', { name: 'Answer 2' }).fill('');
    await page.getByRole('textbox', { name: 'Answer 2' }).focus();
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', 'No\\nMaybe\\n\\nNever');
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    }`);
    await page.getByLabel('Question').fill('Really?');
    await page.getByLabel('Closes in').selectOption('60');
    await page.getByText('More settings').click();
    await page.getByLabel('Answers that a voter may choose').fill('2');
    await page.getByLabel('Results').selectOption('after_close');
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByRole('region', { name: 'Your poll' }).waitFor();
    const poll = await pollOf(page);
    expect(poll).toMatchObject({ max_choices: 2, results_visibility: 'after_close' });
    expect(poll.options.map(({ option_text }) => option_text)).toEqual(['Yes', 'No', 'Maybe', 'Never']);
  });

  test('keeps the entries and names the field that is wrong', async () => {
    const { page } = await browser.open('/');
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByText('Write a question.').waitFor();
    await page.getByText('Write at least two different answers.').waitFor();
    expect(await page.locator('#question:focus').count()).toBe(1);
    await page.getByLabel('Question').fill('\u202eReversed?');
    await page.getByRole('button', { name: 'Yes / No', exact: true }).click();
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByText('characters that are not allowed').waitFor();
    expect(await page.getByRole('textbox', { name: 'Answer 1' }).inputValue()).toBe('Yes');
  });

  test('keeps the entries while the server is away, and a retry makes one poll', async () => {
    const { page } = await browser.open('/');
    const question = `Away? ${Date.now()}`;
    await page.getByLabel('Question').fill(question);
    await page.getByRole('button', { name: 'Yes / No', exact: true }).click();
    let lost = 0;
    await page.route('**/polls', async (route) => {
      // The poll is made, and its answer is lost.
      if (lost === 0) await route.fetch();
      lost += 1;
      await (lost === 1 ? route.abort() : route.continue());
    });
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.locator('#problem').filter({ hasText: 'Your entries are kept' }).waitFor();
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByRole('region', { name: 'Your poll' }).waitFor();
    const { body } = await client.get<{ data: unknown[] }>(`/polls?q=${encodeURIComponent(question)}`);
    expect(body.data).toHaveLength(1);
  });

  test('shows the board of open polls', async () => {
    const poll = await client.makePoll({ question: 'On the board?' });
    await client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    const { page } = await browser.open('/');
    await page.getByRole('listitem').filter({ hasText: 'On the board?' }).first().waitFor();
  });
});

describe('the owner', () => {
  const manage = async (change: Record<string, unknown> = {}) => {
    const poll = await client.makePoll(change);
    const opened = await browser.open(`/${poll.code}#manage=${poll.admin_token}`);
    await opened.page.getByRole('region', { name: 'Your poll' }).waitFor();
    return { ...opened, poll };
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

  test('has the token in no address, and the share sheet has code, links and QR', async () => {
    const { page, poll, faults } = await manage();
    expect(page.url()).toBe(`${system.httpUrl}/${poll.code}`);
    expect(await page.getByLabel('Link for voters', { exact: true }).inputValue()).toBe(page.url());
    await page.getByRole('img', { name: 'QR code that leads to the poll' }).waitFor();
    expect(await page.getByRole('link', { name: 'Present on a wall' }).getAttribute('href')).not.toContain(
      poll.admin_token,
    );
    expect(faults).toEqual([]);
  });

  test('closes, reopens, extends and deletes, and the wall follows', async () => {
    const { page, poll } = await manage();
    const wall = await browser.open(`/${poll.code}?view=wall`);
    await wall.page.getByText(/Closes (in|on)/).waitFor();
    await press(page, 'Close');
    await press(page, 'Close now?');
    await wall.page.getByText('Counting the last votes').waitFor();
    await press(page, 'Reopen for 5 minutes');
    await wall.page.getByText(/Closes in [45]:/).waitFor();
    await press(page, 'Add 5 minutes');
    await wall.page.getByText(/Closes in (10|9):/).waitFor();
    await press(page, 'Close in 30 s');
    await wall.page.getByText(/Closes in 0:[23]/).waitFor();
    await page.locator('summary', { hasText: 'Delete the poll' }).click();
    await page.getByLabel('Type the code to delete').fill(poll.code);
    await page.getByRole('button', { name: 'Delete the poll' }).click();
    await wall.page.getByText('This poll was deleted.').waitFor();
    expect(wall.faults).toEqual([]);
  });

  test('with a wrong token sees the voters’ view and a notice', async () => {
    const [poll, other] = [await client.makePoll(), await client.makePoll()];
    const { page } = await browser.open(`/${poll.code}#manage=${other.admin_token}`);
    await page.locator('main').getByText('This manage link does not belong to this poll.').waitFor();
    expect(await page.getByRole('button', { name: 'Close', exact: true }).count()).toBe(0);
    await page.getByLabel('Tea').check();
  });

  test('keeps the right token when a link brings a wrong one, and sees the turnout of hidden results', async () => {
    const { page, poll } = await manage({ results_visibility: 'after_close' });
    await client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.getByRole('region', { name: 'Your poll' }).getByText('1 vote', { exact: true }).waitFor();
    await page.goto('about:blank');
    await page.goto(`${system.httpUrl}/${poll.code}#manage=k1.wrong`);
    await page.locator('main').getByText('This manage link does not belong to this poll.').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Close', exact: true }).waitFor();
  });

  test('runs a poll again with its texts and settings', async () => {
    const { page } = await manage({ question: 'Again?', allow_change: true });
    await page.getByRole('link', { name: 'Run again' }).click();
    await page.getByRole('textbox', { name: 'Answer 2' }).waitFor();
    await page.locator('#change:checked').waitFor({ state: 'attached' });
    expect(await page.getByLabel('Question').inputValue()).toBe('Again?');
  });
});

describe('the wall', () => {
  test('shows host, code, QR and moving bars; hides and freezes them on request', async () => {
    const poll = await client.makePoll();
    const { page, faults } = await browser.open(`/${poll.code}?view=wall`, {
      viewport: { width: 1920, height: 1080 },
    });
    await page.getByText(`Join at ${new URL(system.httpUrl).host}`).waitFor();
    await page.getByText(poll.code, { exact: true }).waitFor();
    const qr = await page.locator('#qr svg').boundingBox();
    expect(qr?.height).toBeGreaterThanOrEqual(0.22 * 1080 - 1);
    await client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.getByRole('listitem').filter({ hasText: 'Tea' }).filter({ hasText: '1 · 100%' }).waitFor();
    await page.keyboard.press('r');
    await page.getByText('Results are hidden.').waitFor();
    expect(await page.getByText(poll.code, { exact: true }).isVisible()).toBe(true);
    await page.keyboard.press('r');
    await page.keyboard.press('p');
    await client.voteAndWait(poll.id, { user_id: 'bob', option_id: optionOf(poll, 1) });
    expect(await page.getByRole('listitem').filter({ hasText: 'Tea' }).textContent()).toContain('100%');
    await page.keyboard.press('p');
    await page.getByRole('listitem').filter({ hasText: 'Coffee' }).filter({ hasText: '1 · 50%' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('ignores its keys on request, and keeps its buttons', async () => {
    const poll = await client.makePoll();
    const { page } = await browser.open(`/${poll.code}?view=wall&keys=off`);
    await page.keyboard.press('r');
    const button = page.getByRole('button', { name: 'Hide results' });
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await button.click();
    await page.getByText('Results are hidden.').waitFor();
  });

  test('has a QR code that scanners read, in dark mode too', async () => {
    const poll = await client.makePoll();
    const { page } = await browser.open(`/${poll.code}?view=wall`, { colorScheme: 'dark' });
    const png = await page.locator('#qr svg').screenshot();
    const link = `${system.httpUrl}/${poll.code}`.toUpperCase();
    expect(decodeQR(await pixelsOf(page, png), { timeLimit: 5_000 })).toBe(link);
  });

  test('as an overlay has a background that lets the stream through, and at most the asked rows', async () => {
    const poll = await client.makePoll({ options: ['A', 'B', 'C', 'D'] });
    const { page } = await browser.open(`/${poll.code}?view=overlay&max=2`);
    await page.getByRole('listitem').first().waitFor();
    expect(await page.getByRole('listitem').count()).toBe(2);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgba(0, 0, 0, 0)');
  });
});

describe('another page', () => {
  let path = '';
  const slides = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    // In a sandbox, the frame has no storage and no origin.
    response.end(`<iframe src="${system.httpUrl}${path}" sandbox="allow-scripts" width=600 height=800>`);
  });
  beforeAll(async () => {
    await once(slides.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => void slides.close());

  const frame = async (framed: string) => {
    path = framed;
    const { port } = slides.address() as AddressInfo;
    const { page } = await browser.open(`http://127.0.0.1:${port}/`);
    return page.frameLocator('iframe');
  };

  test('frames the embed, also in a sandbox, where a vote is counted', async () => {
    const poll = await client.makePoll();
    const embed = await frame(`/${poll.code}?view=embed`);
    await embed.getByLabel('Tea').check();
    await embed.locator('#vote[aria-disabled=false]').click();
    await embed.getByText('Your vote is counted.').first().waitFor();
    await embed.getByText('This browser keeps nothing').waitFor();
  });

  test('cannot frame the vote view, the start or a manage link', async () => {
    const poll = await client.makePoll();
    for (const view of ['/', `/${poll.code}`]) {
      const framed = await frame(view);
      expect(await framed.getByRole('heading').count()).toBe(0);
    }
  });
});
