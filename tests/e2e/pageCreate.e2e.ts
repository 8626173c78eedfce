import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Poll } from '../../lib/domain/poll.ts';
import { optionOf } from '../support/http/api.ts';
import { layoutShift } from '../support/page/judge.ts';
import { pageSite } from '../support/page/pageSite.ts';

const site = pageSite();
/** CSS has 96 pixels an inch, whatever the screen has. */
const CSS_PIXELS_PER_CM = 96 / 2.54;

const codeOf = (page: Page) => new URL(page.url()).pathname.slice(1);
const pollOf = async (page: Page) => (await site.client.get<Poll>(`/polls/${codeOf(page)}`)).body;

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
    const { page, faults } = await site.browser.open('/');
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
    const { page } = await site.browser.open('/');
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
    await page.getByLabel('How many answers a voter may choose').fill('2');
    await page.getByLabel('Results').selectOption('after_close');
    await page.getByRole('button', { name: 'Start the poll' }).click();
    await page.getByRole('region', { name: 'Your poll' }).waitFor();
    const poll = await pollOf(page);
    expect(poll).toMatchObject({ max_choices: 2, results_visibility: 'after_close' });
    expect(poll.options.map(({ option_text }) => option_text)).toEqual(['Yes', 'No', 'Maybe', 'Never']);
  });

  test('keeps the entries and names the field that is wrong', async () => {
    const { page } = await site.browser.open('/');
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
    const { page } = await site.browser.open('/');
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
    const { body } = await site.client.get<{ data: unknown[] }>(`/polls?q=${encodeURIComponent(question)}`);
    expect(body.data).toHaveLength(1);
  });

  test.each([320, 1_280])('moves nothing while it loads, %d px wide', async (width) => {
    const poll = await site.client.makePoll();
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    const { page } = await site.browser.open('/', { viewport: { width, height: 720 } });
    await page.locator('#board li').first().waitFor();
    expect(await layoutShift(page)).toBeLessThanOrEqual(0.01);
  });

  test('shows the board of open polls', async () => {
    const poll = await site.client.makePoll({ question: 'On the board?' });
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    const { page } = await site.browser.open('/');
    await page.getByRole('listitem').filter({ hasText: 'On the board?' }).first().waitFor();
  });
});

describe('the owner', () => {
  const manage = async (change: Record<string, unknown> = {}) => {
    const poll = await site.client.makePoll(change);
    const opened = await site.browser.open(`/${poll.code}#manage=${poll.admin_token}`);
    await opened.page.getByRole('region', { name: 'Your poll' }).waitFor();
    return { ...opened, poll };
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

  test('has the token in no address, and the share sheet has code, links and QR', async () => {
    const { page, poll, faults } = await manage();
    expect(page.url()).toBe(`${site.system.httpUrl}/${poll.code}`);
    expect(await page.getByLabel('Link for voters', { exact: true }).inputValue()).toBe(page.url());
    await page.getByRole('img', { name: 'QR code that leads to the poll' }).waitFor();
    expect(await page.getByRole('link', { name: 'Present on a wall' }).getAttribute('href')).not.toContain(
      poll.admin_token,
    );
    expect(faults).toEqual([]);
  });

  test('closes, reopens, extends and deletes, and the wall follows', async () => {
    const { page, poll } = await manage();
    const wall = await site.browser.open(`/${poll.code}?view=wall`);
    await wall.page.getByText(/Closes (in|on)/).waitFor();
    await press(page, 'Close');
    await press(page, 'Close now?');
    await wall.page.getByText('Counting the last votes').first().waitFor();
    await press(page, 'Reopen for 5 minutes');
    await wall.page.getByText(/Closes in [45]:/).waitFor();
    await press(page, 'Add 5 minutes');
    await wall.page.getByText(/Closes in (10|9):/).waitFor();
    await press(page, 'Close in 30 s');
    await wall.page.getByText(/Closes in 0:[23]/).waitFor();
    await page.locator('summary', { hasText: 'Delete the poll' }).click();
    await page.getByLabel('Type the code to delete').fill(poll.code);
    await page.getByRole('button', { name: 'Delete the poll' }).click();
    await wall.page.getByText('This poll was deleted.').first().waitFor();
    expect(wall.faults).toEqual([]);
  });

  test('with a wrong token sees the voters’ view and a notice', async () => {
    const [poll, other] = [await site.client.makePoll(), await site.client.makePoll()];
    const { page } = await site.browser.open(`/${poll.code}#manage=${other.admin_token}`);
    await page.locator('main').getByText('This manage link does not belong to this poll.').waitFor();
    expect(await page.getByRole('button', { name: 'Close', exact: true }).count()).toBe(0);
    await page.getByLabel('Tea').check();
  });

  test('keeps the right token when a link brings a wrong one, and sees the turnout of hidden results', async () => {
    const { page, poll } = await manage({ results_visibility: 'after_close' });
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.getByRole('region', { name: 'Your poll' }).getByText('1 vote', { exact: true }).waitFor();
    await page.goto('about:blank');
    await page.goto(`${site.system.httpUrl}/${poll.code}#manage=k1.wrong`);
    await page.locator('main').getByText('This manage link does not belong to this poll.').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Close', exact: true }).waitFor();
  });

  test.each([
    ['a short question', 'Tea?'],
    ['the longest question', 'Which of these would you rather have? '.repeat(14).slice(0, 500)],
  ])('prints a poster of one page, with a QR code of at least 10 cm: %s', async (_, question) => {
    const { page, poll, faults } = await manage({ question });
    await page.evaluate('window.print = () => {}');
    await press(page, 'Print a poster');
    await page.emulateMedia({ media: 'print' });
    const poster = page.locator('.poster');
    const { width = 0, height } = (await poster.locator('svg').boundingBox()) ?? {};
    expect(width).toBe(height);
    expect(width / CSS_PIXELS_PER_CM).toBeGreaterThanOrEqual(10);
    await poster.getByText(poll.code, { exact: true }).waitFor();
    await poster.getByText(new URL(site.system.httpUrl).host).waitFor();
    expect(await page.locator('main').isVisible()).toBe(false);
    for (const format of ['A4', 'Letter'])
      expect((await page.pdf({ format })).toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await poster.count()).toBe(0);
    expect(await page.getByRole('region', { name: 'Your poll' }).isVisible()).toBe(false);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(faults).toEqual([]);
  });

  test('runs a poll again with its texts and settings', async () => {
    const { page } = await manage({ question: 'Again?', allow_change: true });
    await page.getByRole('link', { name: 'Run again' }).click();
    await page.getByRole('textbox', { name: 'Answer 2' }).waitFor();
    await page.locator('#change:checked').waitFor({ state: 'attached' });
    expect(await page.getByLabel('Question').inputValue()).toBe('Again?');
  });
});
