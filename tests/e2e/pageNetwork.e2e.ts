import { describe, expect, test } from '@jest/globals';
import type { Route } from 'playwright-core';
import { until } from '../../lib/concurrency/deadline.ts';
import { type MadePoll, optionOf } from '../support/http/api.ts';
import { launchBrowser } from '../support/page/browser.ts';
import { wire } from '../support/page/line.ts';
import { counted, ownerOf, pageSite, row, vote } from '../support/page/pageSite.ts';

const site = pageSite();
const open = (poll: MadePoll) => site.browser.open(`/${poll.code}`);

describe('a phone', () => {
  test('that wakes up with a dead socket says so, and catches up', async () => {
    const poll = await site.client.makePoll();
    const { page } = await site.browser.open('/');
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
    await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
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
    const lan = await launchBrowser(site.system.httpUrl, ['--host-resolver-rules=MAP polls.lan localhost']);
    try {
      const poll = await site.client.makePoll();
      const address = `http://polls.lan:${new URL(site.system.httpUrl).port}/${poll.code}`;
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

describe('a vote near the end', () => {
  test('whose answers are lost is not said to have come too late', async () => {
    const poll = await site.client.makePoll();
    const { page } = await site.browser.open(`/${poll.code}`, {}, (opened) =>
      wire(opened, { toPage: (message) => !message.includes('VOTE_STATUS') }),
    );
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    // By HTTP it goes once more, since the socket is silent.
    const again: Route[] = [];
    await page.route('**/polls/*/vote', (route) => void again.push(route));
    await vote(page, 'Tea');
    await until(async () => {
      expect((await site.client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
      expect(again).toHaveLength(1);
    }, 15_000);
    await site.client.send('PATCH', `/polls/${poll.id}`, { closed: true }, ownerOf(poll));
    await again[0]?.continue();
    await page.getByText('It is not known whether your vote counts.').first().waitFor();
    await row(page, 'Tea', '1 vote');
  });
});

describe('an outage', () => {
  test('does not lose a vote that is pressed while the server is away, and shows what is stale', async () => {
    const poll = await site.client.makePoll();
    const { page } = await open(poll);
    await page.getByRole('button', { name: 'Show results' }).waitFor();
    await page.context().setOffline(true);
    await site.system.kill9();
    await page.getByText(/You are offline|Reconnecting/).waitFor();
    await vote(page, 'Tea');
    await page.getByText('Your vote has not arrived yet.').waitFor();
    await site.system.restart();
    await page.context().setOffline(false);
    await page.getByText('Your vote is counted.').first().waitFor({ timeout: 60_000 });
    await page.getByText(/You are offline|Reconnecting/).waitFor({ state: 'hidden', timeout: 60_000 });
    expect((await site.client.get(`/polls/${poll.id}`)).body).toMatchObject({ total_votes: 1 });
  });
});
