import { describe, expect, test } from '@jest/globals';
import { type MadePoll, optionOf } from '../support/http/api.ts';
import { type Held, holdVotes } from '../support/page/line.ts';
import { counted, ownerOf, pageSite, row, vote } from '../support/page/pageSite.ts';

const site = pageSite();
const open = (poll: MadePoll) => site.browser.open(`/${poll.code}`);

describe('the vote view', () => {
  test('takes a vote by keyboard alone, and says that it is counted, also after a reload', async () => {
    const poll = await site.client.makePoll();
    const { page, faults } = await open(poll);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('Coffee').isChecked()).toBe(true);
    expect((await site.client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 0 });
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
    const poll = await site.client.makePoll();
    const [voter, viewer] = [await open(poll), await open(poll)];
    await viewer.page.getByRole('button', { name: 'Show results' }).click();
    await row(viewer.page, 'Tea', '0 votes');
    await vote(voter.page, 'Tea');
    await row(viewer.page, 'Tea', '1 vote, 100%');
    expect([...voter.faults, ...viewer.faults]).toEqual([]);
  });

  test.each([
    [16, '0.4s'],
    [17, '0s'],
  ])('moves each of %d bars in %s', async (count, duration) => {
    const options = Array.from({ length: count }, (_, at) => `Answer ${at}`);
    const { page } = await open(await site.client.makePoll({ options }));
    await page.getByRole('button', { name: 'Show results' }).click();
    await page
      .getByRole('listitem')
      .nth(count - 1)
      .waitFor();
    const bars = await page.evaluate<string[]>(
      `Array.from(document.querySelectorAll('share-bar'), (bar) => getComputedStyle(bar, '::before').transitionDuration)`,
    );
    expect(bars).toEqual(options.map(() => duration));
  });

  test('leaves an unsent choice and the focus alone while others vote', async () => {
    const poll = await site.client.makePoll();
    const { page } = await open(poll);
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    await page.getByLabel('Coffee').check();
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
    await page.getByRole('button', { name: 'Show results' }).click();
    await row(page, 'Tea', '1 vote');
    await page.getByRole('button', { name: 'Back to voting' }).click();
    expect(await page.getByLabel('Coffee').isChecked()).toBe(true);
  });

  test('counts one vote for two clicks, and for two tabs', async () => {
    const poll = await site.client.makePoll();
    const { page } = await open(poll);
    const tab = await page.context().newPage();
    await tab.goto(`/${poll.code}`);
    await page.getByLabel('Tea').check();
    await page.getByRole('button', { name: 'Vote', exact: true }).dblclick();
    await counted(page);
    await counted(tab);
    expect((await site.client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
  });

  test('shows hidden results in every tab once one of them has voted', async () => {
    const { page } = await open(await site.client.makePoll({ results_visibility: 'after_vote' }));
    const tab = await page.context().newPage();
    await tab.goto(page.url());
    await tab.getByText('Results are shown after you vote.').waitFor();
    await vote(page, 'Tea');
    await counted(tab);
    await row(tab, 'Tea', '1 vote');
  });

  test('sends the vote of a tab that was closed before it could', async () => {
    const poll = await site.client.makePoll();
    const { page: tab } = await open(poll);
    const closing = await tab.context().newPage();
    await holdVotes(closing);
    await closing.goto(tab.url());
    await vote(closing, 'Tea');
    await tab.getByText('Sending your vote…').waitFor();
    await closing.close();
    await counted(tab);
    await row(tab, 'Tea', 'Your choice');
    expect((await site.client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
  });

  test('marks no choice that does not count', async () => {
    const poll = await site.client.makePoll();
    const { page } = await open(poll);
    await vote(page, 'Tea');
    await counted(page);
    // As if the answer had been lost: the browser does not know of its vote.
    await page.evaluate(`{
      const { voter } = JSON.parse(localStorage.getItem('vote:${poll.id}'));
      localStorage.setItem('vote:${poll.id}', JSON.stringify({ voter, choice: [], stage: 'none' }));
    }`);
    await page.reload();
    await vote(page, 'Coffee');
    await page.getByText('its first vote counts').first().waitFor();
    await row(page, 'Tea', '1 vote');
    expect(await page.getByText('Your choice').count()).toBe(0);
  });

  test('asks for a choice with a message at the field', async () => {
    const { page } = await open(await site.client.makePoll({ max_choices: 2, options: ['A', 'B', 'C'] }));
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
    const { page } = await open(await site.client.makePoll({ allow_change: true }));
    await vote(page, 'Tea');
    await row(page, 'Tea', '1 vote');
    await page.getByRole('button', { name: 'Change my vote' }).click();
    await vote(page, 'Coffee');
    await row(page, 'Coffee', '1 vote');
    await row(page, 'Tea', '0 votes');
  });

  test('shows hidden results after the vote, or says when they come', async () => {
    const quiz = await open(await site.client.makePoll({ results_visibility: 'after_vote' }));
    await quiz.page.getByText('Results are shown after you vote.').waitFor();
    await vote(quiz.page, 'Tea');
    await row(quiz.page, 'Tea', '1 vote');
    const election = await open(await site.client.makePoll({ results_visibility: 'after_close' }));
    await vote(election.page, 'Tea');
    await counted(election.page);
    await election.page.getByText('Results are shown when voting has ended.').waitFor();
    expect(await election.page.getByRole('list').count()).toBe(0);
  });

  test('shows the new words of a reworded poll, and keeps an unsent choice', async () => {
    const poll = await site.client.makePoll();
    const { page } = await open(poll);
    await page.getByLabel('Coffee').check();
    const words = { question: 'Cocoa or milk?', options: ['Cocoa', 'Milk'] };
    await site.client.send('PATCH', `/polls/${poll.id}`, words, ownerOf(poll));
    await page.getByRole('heading', { name: 'Cocoa or milk?' }).waitFor();
    expect(await page.getByLabel('Milk').isChecked()).toBe(true);
    expect(await page.title()).toBe('Cocoa or milk?');
  });

  test('never turns what users write into markup', async () => {
    const evil = '<img src=x onerror=document.title=1></script><script>document.title=2</script>&lt;"\'';
    const poll = await site.client.makePoll({ question: `Q ${evil}`, options: [`A ${evil}`, `B ${evil}`] });
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
    const poll = await site.client.makePoll({ expired_at: undefined, expires_in: 6 });
    const { page, faults } = await open(poll);
    await page.getByText(/Closes in 0:0\d/).waitFor();
    await vote(page, 'Tea');
    await page.getByText('Counting the last votes').first().waitFor();
    await page.getByText(/won with 1 of 1 vote/).waitFor({ timeout: 40_000 });
    // No room is kept for the buttons of a poll that is open.
    expect((await page.locator('main > .bar').first().boundingBox())?.height).toBe(0);
    const csv = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
    expect(
      await (await fetch(site.system.httpUrl + csv, { headers: { accept: 'text/csv' } })).text(),
    ).toContain('Tea');
    expect(faults).toEqual([]);
  });

  test('prints results as a table, and before the vote a ballot', async () => {
    const { page } = await open(await site.client.makePoll());
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('radio').count()).toBe(2);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.emulateMedia({ media: 'screen' });
    await vote(page, 'Tea');
    await row(page, 'Tea', '1 vote');
    await page.emulateMedia({ media: 'print' });
    const shown = await page.evaluate<string[][]>(
      "[...document.querySelectorAll('.rows li')].map((li) => [li, ...li.children].map((part) => getComputedStyle(part).display))",
    );
    const cells = ['table-row', 'table-cell', 'table-cell', 'none'];
    expect(shown).toEqual([cells, cells]);
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('waits for the opening', async () => {
    const opens_at = new Date(Date.now() + 4_000).toISOString();
    const { page } = await open(await site.client.makePoll({ opens_at }));
    await page.getByText(/Voting opens in 0:0\d/).waitFor();
    await page.getByText(/Closes/).waitFor();
    await vote(page, 'Tea');
    await counted(page);
  });

  test('says that the poll was deleted', async () => {
    const poll = await site.client.makePoll();
    const { page } = await open(poll);
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    await site.client.send('DELETE', `/polls/${poll.id}`, undefined, ownerOf(poll));
    await page.getByText('This poll was deleted.').first().waitFor();
    expect(await page.locator('#form').isVisible()).toBe(false);
  });
});

describe('a kiosk', () => {
  test('gives each voter an id of their own, shows nothing of the vote before, and leaves the device’s own vote', async () => {
    const poll = await site.client.makePoll({ allow_change: true });
    const { page, faults } = await open(poll);
    await vote(page, 'Tea');
    await counted(page);
    const kiosk = await page.context().newPage();
    await kiosk.goto(`/${poll.code}?view=kiosk`);
    for (const option of ['Coffee', 'Coffee', 'Tea']) {
      await kiosk.getByRole('radio').first().waitFor();
      expect(await kiosk.getByRole('radio', { checked: true }).count()).toBe(0);
      await vote(kiosk, option);
      await counted(kiosk);
      expect(await kiosk.getByRole('listitem').count()).toBe(0);
      expect(await kiosk.getByRole('button', { name: /Show|Change/ }).count()).toBe(0);
      await kiosk.getByRole('button', { name: 'Next voter' }).click();
    }
    await row(page, 'Coffee', '2 votes');
    await row(page, 'Tea', '2 votes');
    await page.reload();
    await counted(page);
    await row(page, 'Tea', 'Your choice');
    expect(faults).toEqual([]);
  });

  test('keeps its voter through a reload until the vote is counted, and is in no frame', async () => {
    const poll = await site.client.makePoll();
    let held: Held | undefined;
    const { page } = await site.browser.open(`/${poll.code}?view=kiosk`, {}, async (opened) => {
      held = await holdVotes(opened);
    });
    await vote(page, 'Tea');
    await page.locator('#fate[data-stage=sending]').waitFor();
    expect(await page.getByRole('button', { name: 'Next voter' }).count()).toBe(0);
    await page.reload();
    await held?.release();
    await page.getByRole('button', { name: 'Next voter' }).waitFor();
    expect((await site.client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
    const { headers } = await fetch(`${site.system.httpUrl}/${poll.code}?view=kiosk`);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('an unknown code', () => {
  test('is a page with a field for another code', async () => {
    const poll = await site.client.makePoll();
    const response = await fetch(`${site.system.httpUrl}/zzzzz9`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(404);
    const { page } = await site.browser.open('/zzzzz9');
    await page.getByLabel('Enter a code').fill(poll.code.toLowerCase());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tea or coffee?' }).waitFor();
  });

  test('is a problem document for all others, and HEAD answers as GET does', async () => {
    const poll = await site.client.makePoll();
    const answers = async (path: string, method: string) => {
      const { status, headers } = await fetch(site.system.httpUrl + path, { method });
      return `${status} ${headers.get('content-type')}`;
    };
    for (const method of ['GET', 'HEAD']) {
      expect(await answers('/zzzzz9', method)).toBe('404 application/problem+json');
      expect(await answers(`/p/${poll.id}`, method)).toBe('200 text/html; charset=utf-8');
      expect(await answers('/', method)).toBe('200 text/html; charset=utf-8');
    }
  });
});
