import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import type { Poll } from '../../../lib/domain/poll.ts';
import { createPage } from '../../../lib/page/server/createPage.ts';
import type { RenderedPage, Rendering } from '../../../lib/page/server/document.ts';
import { missingPage } from '../../../lib/page/server/missingPage.ts';
import { originsOf } from '../../../lib/page/server/origins.ts';
import { votePage } from '../../../lib/page/server/votePage.ts';
import { wallPage } from '../../../lib/page/server/wallPage.ts';
import { en } from '../../../lib/page/words/en.ts';
import type { Language } from '../../../lib/page/words/languages.ts';
import type { Words } from '../../../lib/page/words/words.ts';
import type { System } from '../system/system.ts';

const SITE = join(import.meta.dirname, '../../../.build/functions/page/site/site.json');
/** How much longer texts become in translation, as a rule of thumb. */
const LONGER = 0.4;

/** Every word 40 % longer, because long words break layouts and long sentences only wrap. Places to fill in stay. */
function stretched(text: string): string {
  return text.replace(/\{\w+\}|\p{L}+/gu, (part) =>
    part.startsWith('{') ? part : part + 'ō'.repeat(Math.ceil(part.length * LONGER)),
  );
}

/** The tag is that of English, so that scripts find their texts and `Intl` its forms. */
const PSEUDO: Language = {
  tag: 'en',
  direction: 'ltr',
  words: JSON.parse(JSON.stringify(en), (_, value) =>
    typeof value === 'string' ? stretched(value) : value,
  ) as Words,
};

async function render(url: URL, { httpUrl, wsUrl }: System): Promise<{ status: number; page: RenderedPage }> {
  const rendering: Rendering = {
    site: JSON.parse(readFileSync(SITE, 'utf8')),
    language: PSEUDO,
    origins: originsOf({ host: url.host }, wsUrl.replace('ws', 'http')),
    publicUrl: '',
  };
  if (url.pathname === '/') return { status: 200, page: createPage(rendering) };
  const response = await fetch(`${httpUrl}/polls${url.pathname}`);
  if (!response.ok) return { status: 404, page: missingPage(rendering) };
  const poll = (await response.json()) as Poll;
  const bare = { ...poll, options: poll.options.map((option) => ({ ...option, vote_count: null })) };
  const view = url.searchParams.get('view') ?? 'vote';
  const page =
    view === 'wall' || view === 'overlay'
      ? wallPage(bare, view, rendering)
      : votePage(bare, view === 'embed' || view === 'kiosk' ? view : 'vote', rendering);
  return { status: 200, page };
}

/** Serves a page's documents in a language whose words are longer. Call it before the page is opened. */
export async function usePseudoLocale(page: Page, system: System): Promise<void> {
  // Of a page that a test answers, Chromium does not know that it comes from this machine.
  await page.context().grantPermissions(['local-network-access']);
  const answer = async (route: Route) => {
    const request = route.request();
    if (request.resourceType() !== 'document') return route.fallback();
    const { status, page: rendered } = await render(new URL(request.url()), system);
    const headers = { ...rendered.headers, 'content-type': 'text/html; charset=utf-8' };
    await route.fulfill({ status, headers, body: rendered.html });
  };
  await page.route('**/*', answer);
  await page.route('**/assets/manage.*.json', (route) => route.fulfill({ json: PSEUDO.words.manage }));
}
