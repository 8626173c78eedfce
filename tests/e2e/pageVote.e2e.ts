import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { launchBrowser, type TestBrowser } from '../support/page/browser.ts';
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

const open = async (poll: MadePoll, query = '') => browser.open(`/${poll.code}${query}`);

const vote = async (page: Page, option: string) => {
  await page.getByLabel(option, { exact: true }).check();
  await page.getByRole('button', { name: 'Vote', exact: true }).click();
};

const counted = (page: Page) => page.getByText('Your vote is counted.', { exact: true }).first().waitFor();

const row = (page: Page, option: string, text: string) =>
  page.getByRole('listitem').filter({ hasText: option }).filter({ hasText: text }).waitFor();

describe('the vote view', () => {
  test('takes a vote by keyboard alone, and says that it is counted, also after a reload', async () => {
    const poll = await client.makePoll();
    const { page, faults } = await open(poll);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('Coffee').isChecked()).toBe(true);
    expect((await client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 0 });
    await page.keyboard.press('Enter');
    await counted(page);
    await row(page, 'Coffee', '1 vote, 100%');
    await page.reload();
    await counted(page);
    await row(page, 'Coffee', 'Your choice');
    expect(await page.locator('#form').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  test('moves the bars in another browser', async () => {
    const poll = await client.makePoll();
    const [voter, viewer] = [await open(poll), await open(poll)];
    await viewer.page.getByRole('button', { name: 'Show results' }).click();
    await row(viewer.page, 'Tea', '0 votes');
    await vote(voter.page, 'Tea');
    await row(viewer.page, 'Tea', '1 vote, 100%');
    expect([...voter.faults, ...viewer.faults]).toEqual([]);
  });

  test('leaves an unsent choice and the focus alone while others vote', async () => {
    const poll = await client.makePoll();
    const { page } = await open(poll);
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    await page.getByLabel('Coffee').check();
    await client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.getByRole('button', { name: 'Show results' }).click();
    await row(page, 'Tea', '1 vote');
    await page.getByRole('button', { name: 'Back to voting' }).click();
    expect(await page.getByLabel('Coffee').isChecked()).toBe(true);
  });

  test('counts one vote for two clicks, and for two tabs', async () => {
    const poll = await client.makePoll();
    const { page } = await open(poll);
    const tab = await page.context().newPage();
    await tab.goto(`/${poll.code}`);
    await page.getByLabel('Tea').check();
    await page.getByRole('button', { name: 'Vote', exact: true }).dblclick();
    await counted(page);
    await counted(tab);
    expect((await client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
  });

  test('asks for a choice with a message at the field', async () => {
    const { page } = await open(await client.makePoll({ max_choices: 2, options: ['A', 'B', 'C'] }));
    await page.getByRole('button', { name: 'Vote', exact: true }).click();
    await page.getByText('Choose an option first.').waitFor();
    expect(await page.locator('input:focus').count()).toBe(1);
    for (const option of ['A', 'B', 'C']) await page.getByLabel(option, { exact: true }).check();
    await page.getByText('Choose at most 2.').waitFor();
    await page.getByLabel('C', { exact: true }).uncheck();
    await page.getByRole('button', { name: 'Vote', exact: true }).click();
    await row(page, 'A', '100% of voters');
  });

  test('changes a vote where votes may change', async () => {
    const { page } = await open(await client.makePoll({ allow_change: true }));
    await vote(page, 'Tea');
    await row(page, 'Tea', '1 vote');
    await page.getByRole('button', { name: 'Change my vote' }).click();
    await vote(page, 'Coffee');
    await row(page, 'Coffee', '1 vote');
    await row(page, 'Tea', '0 votes');
  });

  test('shows hidden results after the vote, or says when they come', async () => {
    const quiz = await open(await client.makePoll({ results_visibility: 'after_vote' }));
    await quiz.page.getByText('Results are shown after you vote.').waitFor();
    await vote(quiz.page, 'Tea');
    await row(quiz.page, 'Tea', '1 vote');
    const election = await open(await client.makePoll({ results_visibility: 'after_close' }));
    await vote(election.page, 'Tea');
    await counted(election.page);
    await election.page.getByText('Results are shown when voting has ended.').waitFor();
    expect(await election.page.getByRole('list').count()).toBe(0);
  });

  test('shows the new words of a reworded poll, and keeps an unsent choice', async () => {
    const poll = await client.makePoll();
    const { page } = await open(poll);
    await page.getByLabel('Coffee').check();
    const owner = { authorization: `Bearer ${poll.admin_token}` };
    const words = { question: 'Cocoa or milk?', options: ['Cocoa', 'Milk'] };
    await client.send('PATCH', `/polls/${poll.id}`, words, owner);
    await page.getByRole('heading', { name: 'Cocoa or milk?' }).waitFor();
    expect(await page.getByLabel('Milk').isChecked()).toBe(true);
    expect(await page.title()).toBe('Cocoa or milk?');
  });

  test('never turns what users write into markup', async () => {
    const evil = '<img src=x onerror=document.title=1></script><script>document.title=2</script>&lt;"\'';
    const poll = await client.makePoll({ question: `Q ${evil}`, options: [`A ${evil}`, `B ${evil}`] });
    const { page, faults } = await open(poll);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(`Q ${evil}`);
    await page.getByLabel(`A ${evil}`).check();
    await page.getByRole('button', { name: 'Vote', exact: true }).click();
    await row(page, `A ${evil}`, '1 vote');
    expect(await page.title()).toBe(`Q ${evil}`);
    expect(await page.locator('img, script:not([type])').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('counts down, closes by itself, counts the last votes and names the winner', async () => {
    const poll = await client.makePoll({ expired_at: undefined, expires_in: 6 });
    const { page, faults } = await open(poll);
    await page.getByText(/Closes in 0:0\d/).waitFor();
    await vote(page, 'Tea');
    await page.getByText('Counting the last votes').first().waitFor();
    await page.getByText(/won with 1 of 1 vote/).waitFor({ timeout: 40_000 });
    const csv = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
    expect(await (await fetch(system.httpUrl + csv, { headers: { accept: 'text/csv' } })).text()).toContain(
      'Tea',
    );
    expect(faults).toEqual([]);
  });

  test('waits for the opening', async () => {
    const opens_at = new Date(Date.now() + 4_000).toISOString();
    const { page } = await open(await client.makePoll({ opens_at }));
    await page.getByText(/Voting opens in 0:0\d/).waitFor();
    await page.getByText(/Closes/).waitFor();
    await vote(page, 'Tea');
    await counted(page);
  });

  test('says that the poll was deleted', async () => {
    const poll = await client.makePoll();
    const { page } = await open(poll);
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    await client.send('DELETE', `/polls/${poll.id}`, undefined, {
      authorization: `Bearer ${poll.admin_token}`,
    });
    await page.getByText('This poll was deleted.').first().waitFor();
    expect(await page.locator('#form').isVisible()).toBe(false);
  });
});

describe('a phone', () => {
  test('that wakes up with a dead socket says so, and catches up', async () => {
    const poll = await client.makePoll();
    const { page } = await browser.open('/');
    let isDead = false;
    await page.routeWebSocket(/.*/, (socket) => {
      if (isDead) return void socket.close();
      const server = socket.connectToServer();
      socket.onMessage((message) => isDead || server.send(message));
      server.onMessage((message) => isDead || socket.send(message));
    });
    await page.goto(`/${poll.code}`);
    await page.getByRole('button', { name: 'Show results' }).click();
    await row(page, 'Tea', '0 votes');
    // Offline alone leaves an open socket alone; it is dead only if it is cut.
    isDead = true;
    await page.context().setOffline(true);
    await client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    const began = performance.now();
    await page.getByText('You are offline.').waitFor();
    // Two seconds of the client, and less than one of the page; the rest is a busy machine.
    expect(performance.now() - began).toBeLessThan(6_000);
    isDead = false;
    await page.context().setOffline(false);
    await row(page, 'Tea', '1 vote');
    await page.getByText('You are offline.').waitFor({ state: 'hidden' });
  });

  test('on plain http in a LAN votes and sees results, without what only secure pages have', async () => {
    const lan = await launchBrowser(system.httpUrl, ['--host-resolver-rules=MAP polls.lan localhost']);
    try {
      const poll = await client.makePoll();
      const address = `http://polls.lan:${new URL(system.httpUrl).port}/${poll.code}`;
      const { page, faults } = await lan.open(`${address}#manage=${poll.admin_token}`);
      expect(await page.evaluate('isSecureContext')).toBe(false);
      await vote(page, 'Tea');
      await counted(page);
      await row(page, 'Tea', '1 vote');
      await page.getByRole('button', { name: 'Copy: Link for voters' }).click();
      await page.getByText('Copied.').waitFor({ state: 'attached' });
      expect(faults).toEqual([]);
    } finally {
      await lan.close();
    }
  });
});

describe('an outage', () => {
  test('does not lose a vote that is pressed while the server is away, and shows what is stale', async () => {
    const poll = await client.makePoll();
    const { page } = await open(poll);
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    await page.context().setOffline(true);
    await system.kill9();
    await page.getByText(/You are offline|Reconnecting/).waitFor();
    await vote(page, 'Tea');
    await page.getByText('Your vote has not arrived yet.').waitFor();
    await system.restart();
    await page.context().setOffline(false);
    await page.getByText('Your vote is counted.').first().waitFor({ timeout: 60_000 });
    await page.getByText(/You are offline|Reconnecting/).waitFor({ state: 'hidden', timeout: 60_000 });
    expect((await client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
  });
});

describe('an unknown code', () => {
  test('is a page with a field for another code', async () => {
    const poll = await client.makePoll();
    const response = await fetch(`${system.httpUrl}/zzzzz9`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(404);
    const { page } = await browser.open('/zzzzz9');
    await page.getByLabel('Enter a code').fill(poll.code.toLowerCase());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tea or coffee?' }).waitFor();
  });

  test('is a problem document for all others, and HEAD answers as GET does', async () => {
    const poll = await client.makePoll();
    const answers = async (path: string, method: string) => {
      const { status, headers } = await fetch(system.httpUrl + path, { method });
      return `${status} ${headers.get('content-type')}`;
    };
    for (const method of ['GET', 'HEAD']) {
      expect(await answers('/zzzzz9', method)).toBe('404 application/problem+json');
      expect(await answers(`/p/${poll.id}`, method)).toBe('200 text/html; charset=utf-8');
      expect(await answers('/', method)).toBe('200 text/html; charset=utf-8');
    }
  });
});
