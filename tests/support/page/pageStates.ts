import type { Page } from 'playwright-core';
import { type MadePoll, optionOf } from '../http/api.ts';
import { blockStorage, holdOutcomes, holdVotes, wire } from './line.ts';
import { ownerOf, type PageSite } from './pageSite.ts';

/** Opens an address in the mode that a test is about. */
export type Visit = (path: string, prepare?: (page: Page) => Promise<unknown>) => Promise<Page>;

/** Polls that take time to make. */
export interface PreparedPolls {
  final: MadePoll;
  tie: MadePoll;
  /** Final too, with texts as people write them. */
  usual: MadePoll;
}

/** Brings a page into a state. It finds things by roles and ids, never by words: pages may be in any language. */
export type Enter = (visit: Visit, site: PageSite, polls: PreparedPolls) => Promise<Page>;

const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen';
const POLL = { question: `Which ${LONG}?`, options: [LONG, 'Coffee', 'שלום (a)'] };

const ready = async (page: Page, selector: string) => {
  await page.locator(selector).first().waitFor();
  return page;
};
/** On the wall, rows without counts are there before. */
const RESULTS = '#results .count:not(:empty)';
const afterFirstMessage = (page: Page) => ready(page, '#peek, #results li, #notice:not(:empty)');

async function cast(page: Page, stage: string): Promise<Page> {
  await page.locator('#form input').nth(1).check();
  await page.locator('#vote[aria-disabled=false]').click();
  return ready(page, `#fate[data-stage=${stage}]`);
}

/** Waits until the results have the vote too, beside that of somebody else. */
const counted = (page: Page) => ready(page, '#results p.muted:text-matches("[2٢]")');

async function made({ client }: PageSite, change: Record<string, unknown> = {}): Promise<MadePoll> {
  return client.makePoll({ ...POLL, ...change });
}

/** A poll with a vote of somebody else. */
async function begun(site: PageSite, change: Record<string, unknown> = {}): Promise<MadePoll> {
  const poll = await made(site, change);
  await site.client.voteAndWait(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
  return poll;
}

const closed = async ({ client }: PageSite, poll: MadePoll) => {
  await client.send('PATCH', `/polls/${poll.id}`, { closed: true }, ownerOf(poll));
};
const deleted = async ({ client }: PageSite, poll: MadePoll) => {
  await client.send('DELETE', `/polls/${poll.id}`, undefined, ownerOf(poll));
};

/** Polls whose results are final some 15 s after this. */
export async function preparePolls(site: PageSite): Promise<PreparedPolls> {
  const [final, tie] = [await begun(site), await begun(site)];
  await site.client.voteAndWait(tie.id, { user_id: 'bob', option_id: optionOf(tie, 1) });
  const usual = await begun(site, { question: 'Tea or coffee?', options: ['Tea', 'Coffee'] });
  for (const poll of [final, tie, usual]) await closed(site, poll);
  return { final, tie, usual };
}

export const voterStates: Record<string, Enter> = {
  'a poll to vote in': async (visit, site) => afterFirstMessage(await visit(`/${(await begun(site)).code}`)),
  'too many choices': async (visit, site) => {
    const page = await visit(`/${(await begun(site, { max_choices: 2 })).code}`);
    await afterFirstMessage(page);
    for (const at of [0, 1, 2]) await page.locator('#form input').nth(at).check();
    return ready(page, '#problem:not([hidden])');
  },
  'a poll that is not open yet': async (visit, site) => {
    const opens_at = new Date(Date.now() + 600_000).toISOString();
    return ready(await visit(`/${(await made(site, { opens_at })).code}`), '#time:text-matches("[0-9]")');
  },
  'a vote on its way': async (visit, site) =>
    cast(await visit(`/${(await begun(site)).code}`, holdVotes), 'sending'),
  'a vote that has arrived': async (visit, site) =>
    counted(await cast(await visit(`/${(await begun(site)).code}`, holdOutcomes), 'arrived')),
  'a vote that is counted': async (visit, site) =>
    counted(await cast(await visit(`/${(await begun(site)).code}`), 'counted')),
  'a vote that is changed': async (visit, site) => {
    const page = await cast(await visit(`/${(await begun(site, { allow_change: true })).code}`), 'counted');
    await page.locator('#change').click();
    await page.locator('#form input').nth(2).check();
    await page.locator('#vote').click();
    await page.locator('#fate[data-stage=counted]').waitFor();
    await ready(page, '#results li:nth-child(3) .mark:not(:empty)');
    return ready(page, '#results li:nth-child(3) .count:text-matches("[1١]")');
  },
  'a vote that comes too late': async (visit, site) => {
    const poll = await begun(site);
    // The page does not hear that the poll is closed, only that the vote is refused.
    const toPage = (message: string) => message.includes('"type":"ERROR"');
    const page = await visit(`/${poll.code}`, (opened) => wire(opened, { toPage }));
    await closed(site, poll);
    await ready(page, '#vote[aria-disabled=false]');
    return cast(page, 'rejected');
  },
  'a vote whose fate is not known': async (visit, site) => {
    const poll = await begun(site);
    const page = await visit(`/${poll.code}`, (opened) => wire(opened, { toPage: () => false }));
    await closed(site, poll);
    await ready(page, '#vote[aria-disabled=false]');
    // By HTTP it is refused, after the socket was silent.
    return cast(page, 'unknown');
  },
  'results before the vote': async (visit, site) => {
    const page = await afterFirstMessage(await visit(`/${(await begun(site)).code}`));
    await page.locator('#peek').click();
    return ready(page, '#results li');
  },
  'results that show after the vote': async (visit, site) =>
    afterFirstMessage(await visit(`/${(await begun(site, { results_visibility: 'after_vote' })).code}`)),
  'results that are hidden until the end': async (visit, site) =>
    cast(await visit(`/${(await begun(site, { results_visibility: 'after_close' })).code}`), 'counted'),
  'the last votes being counted': async (visit, site) => {
    const poll = await begun(site);
    const page = await cast(await visit(`/${poll.code}`), 'counted');
    await closed(site, poll);
    // A countdown has digits, and is over.
    await page.locator('#time').filter({ hasNotText: /\d/ }).waitFor();
    return counted(page);
  },
  'a winner': async (visit, _, { final }) => ready(await visit(`/${final.code}`), 'a[href*=bom]'),
  'a tie': async (visit, _, { tie }) => ready(await visit(`/${tie.code}`), 'a[href*=bom]'),
  'a poll that is deleted': async (visit, site) => {
    const poll = await begun(site);
    const page = await cast(await visit(`/${poll.code}`), 'counted');
    await deleted(site, poll);
    await page.locator('#results[hidden]').waitFor({ state: 'attached' });
    return page;
  },
};

const isOffline = async (page: Page) => {
  await page.context().setOffline(true);
  return ready(page, '#strip:not([hidden])');
};

export const otherStates: Record<string, Enter> = {
  'the start': async (visit, site) => {
    await begun(site);
    const page = await ready(await visit('/'), '#board li');
    await page.locator('summary').click();
    return page;
  },
  'a form with mistakes': async (visit, site) => {
    await begun(site);
    const page = await ready(await visit('/'), '#board li');
    await page.locator('#duration').selectOption('date');
    await page.locator('#start').click();
    return ready(page, '#question-problem:not([hidden])');
  },
  'the owner’s view': async (visit, site) => {
    const poll = await begun(site);
    const page = await ready(await visit(`/${poll.code}#manage=${poll.admin_token}`), '.panel svg');
    for (const summary of await page.locator('summary').all()) await summary.click();
    return afterFirstMessage(page);
  },
  'the owner’s view after the end': async (visit, _, { final }) => {
    const page = await visit(`/${final.code}#manage=${final.admin_token}`);
    await ready(page, 'a[href*=bom]');
    return ready(page, '.panel svg');
  },
  'a wrong manage link': async (visit, site) =>
    afterFirstMessage(
      await ready(await visit(`/${(await begun(site)).code}#manage=k1.wrong`), '.panel .bad:not([hidden])'),
    ),
  'a page that is offline': async (visit, site) => {
    let line: Awaited<ReturnType<typeof wire>> | undefined;
    const page = await visit(`/${(await begun(site)).code}`, async (opened) => {
      line = await wire(opened);
    });
    await afterFirstMessage(page);
    line?.cut();
    return isOffline(page);
  },
  'a browser that stores nothing': async (visit, site) =>
    counted(await cast(await visit(`/${(await begun(site)).code}`, blockStorage), 'counted')),
  'a kiosk': async (visit, site) => {
    const page = await cast(await visit(`/${(await begun(site)).code}?view=kiosk`), 'counted');
    return ready(page, '#next:not([hidden])');
  },
  'an embed': async (visit, site) =>
    afterFirstMessage(await visit(`/${(await begun(site)).code}?view=embed`)),
  'a wall': async (visit, site) => {
    const page = await visit(`/${(await begun(site)).code}?view=wall`);
    await ready(page, '#qr svg');
    return ready(page, RESULTS);
  },
  'a wall of many answers': async (visit, site) => {
    const options = Array.from({ length: 20 }, (_, at) => `${LONG} ${at}`);
    return ready(await visit(`/${(await begun(site, { options })).code}?view=wall`), RESULTS);
  },
  'a wall without results': async (visit, site) => {
    const page = await ready(await visit(`/${(await begun(site)).code}?view=wall`), RESULTS);
    await page.keyboard.press('r');
    await page.locator('#results[hidden]').waitFor({ state: 'attached' });
    return page;
  },
  'a wall with a large code': async (visit, site) => {
    const page = await ready(await visit(`/${(await begun(site)).code}?view=wall`), RESULTS);
    await ready(page, '#qr svg');
    await page.keyboard.press('q');
    return ready(page, '.big-code #qr svg');
  },
  'a wall with a winner': async (visit, _, { final }) =>
    ready(await visit(`/${final.code}?view=wall`), RESULTS),
  'an overlay': async (visit, site) =>
    ready(await visit(`/${(await begun(site)).code}?view=overlay`), RESULTS),
  'an unknown code': async (visit) => ready(await visit('/zzzzz9'), '#code'),
};
