/** `npm run picture`: makes the README's picture of a phone beside a wall, from the running page. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createClient } from '../../../lib/client/index.ts';
import { startSystem } from '../system/system.ts';
import { launchBrowser } from './browser.ts';

const FILE = join(import.meta.dirname, '../../../lib/page/phone-and-wall.png');
const VOTES = [7, 4, 2];

const system = await startSystem();
const browser = await launchBrowser(system.httpUrl);
try {
  const client = createClient({ http: system.httpUrl });
  const poll = await client.createPoll({
    question: 'Where does the next meeting take place?',
    options: ['In the garden', 'In the library', 'On the roof'],
    expires_in: 300,
  });
  for (const [position, votes] of VOTES.entries()) {
    const option_id = poll.options[position]?.option_id ?? '';
    for (let at = 0; at < votes; at += 1) await client.vote(poll.id, `${position}-${at}`, { option_id }, 10);
  }
  const wall = await browser.open(`/${poll.code}?view=wall`, { viewport: { width: 1280, height: 720 } });
  const phone = await browser.open(`/${poll.code}`, { viewport: { width: 360, height: 720 } });
  await phone.page.getByLabel('In the garden').check();
  await phone.page.locator('#vote[aria-disabled=false]').click();
  await phone.page.getByText('Your vote is counted.').first().waitFor();
  await wall.page.getByText('14 votes').first().waitFor();
  // Bars move for 400 ms; the picture is taken when they rest.
  for (const { page } of [wall, phone])
    await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished))');
  const { page } = await browser.open('/', { viewport: { width: 1300, height: 560 } });
  const image = async (of: Page, height: number) =>
    `<img height="${height}" src="data:image/png;base64,${(await of.screenshot()).toString('base64')}">`;
  await page.goto('about:blank');
  await page.setContent(`<style>
      body { display: flex; gap: 24px; align-items: center; justify-content: center; height: 560px; margin: 0; background: #e2e6ee }
      img { border: 8px solid #16181d; border-radius: 16px }
    </style>${await image(wall.page, 500)}${await image(phone.page, 500)}`);
  await page.screenshot({ path: FILE });
} finally {
  await browser.close();
  await system.stop();
}
