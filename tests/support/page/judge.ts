import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Finding {
  id: string;
  nodes: { html: string }[];
}

/** Judges the page in a window as high as the page: axe cannot judge what the vote bar, which sticks to the end, lies
 * above. */
async function whole<T>(page: Page, judge: () => Promise<T>): Promise<T> {
  const before = page.viewportSize();
  if (!before) throw new Error('The page has no window.');
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ ...before, height });
  const judgement = await judge();
  await page.setViewportSize(before);
  return judgement;
}

/** Everything that axe calls a violation, and what it could not decide. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations = [], incomplete = [] } = await whole(page, () =>
    page.evaluate<Record<string, Finding[]>>(
      `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations', 'incomplete'] })`,
    ),
  );
  return [...violations, ...incomplete].map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );
}

/** What sticks out of the window, or is cut off inside of the page. Bars and what only screen readers see are cut on
 * purpose, and fields scroll. */
const STICKING_OUT = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const shown = [...document.querySelectorAll('body *:not(.unseen, share-bar, input, textarea, select, option, svg *)')]
    .filter((one) => one.checkVisibility({ contentVisibilityAuto: true }) && !one.closest('.big-code main'));
  const bad = shown.filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    const isCut = getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1;
    return isCut || left < -1 || right > innerWidth + 1;
  });
  return [
    ...(scrollWidth > clientWidth ? ['the page scrolls sideways'] : []),
    ...bad.map((one) => one.outerHTML.slice(0, 120)),
  ];
})()`;

/** What WCAG 1.4.12 asks text to survive. A style element would be against the page's policy. */
const SPACED = `{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }');
  document.adoptedStyleSheets = [sheet];
}`;

/** Texts that have no room, with the usual spacing and with that of WCAG 1.4.12. */
export async function overflows(page: Page): Promise<string[]> {
  const find = () => page.evaluate<string[]>(STICKING_OUT);
  const usual = await find();
  await page.evaluate(SPACED);
  const spaced = await find();
  await page.evaluate('document.adoptedStyleSheets = []');
  return [...usual, ...spaced.map((finding) => `spaced: ${finding}`)];
}

/** The sum of all that has moved without being touched since the page was asked for, as Chromium measures it. */
export const layoutShift = (page: Page) =>
  page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    const add = (list) => list.getEntries().forEach(({ value }) => { sum += value; });
    new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
  })`);

const BOARD = /(heading "Leading now".*\n)[\s\S]*?(?=\n.*button "Pause updates")/;

/** The accessibility tree, without what differs from run to run: addresses, times, the board, and the status line, which
 * has the newest sentence of some. */
export async function treeOf(page: Page, root = 'body'): Promise<string> {
  const code = new URL(page.url()).pathname.slice(1) || 'none';
  const { host } = new URL(page.url());
  return (await page.locator(root).ariaSnapshot())
    .replaceAll(host, 'polls.example')
    .replaceAll(code, 'CODE42')
    .replace(/\/p\/[\w-]+/g, '/p/ID')
    .replace(/\/polls\/[\w-]+/g, '/polls/ID')
    .replace(/#manage=[\w.~-]+/g, '#manage=TOKEN')
    .replace(/\b\d?\d:\d\d\b/g, '0:00')
    .replace(/\d+ watching/g, 'n watching')
    .replace(BOARD, '$1  - BOARD')
    .replace(/- status: .*/, '- status');
}
