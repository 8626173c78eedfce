import type { Language } from '../words/languages.ts';
import { html, Markup } from './html.ts';
import type { Origins } from './origins.ts';
import { securityHeaders } from './securityHeaders.ts';
import { type Inline, inlineOf, type Site } from './site.ts';

/** What the functions need to render a page. */
export interface Rendering {
  site: Site;
  language: Language;
  origins: Origins;
  /** `PUBLIC_URL`, or empty. */
  publicUrl: string;
}

export interface Page {
  title: string;
  /** A name of the site's styles. */
  style: string;
  /** Names of the site's scripts. */
  scripts?: string[];
  /** More of the head: preview tags. Slack reads only the first 32 KB, so they come first. */
  head?: Markup;
  /** Class names of the body. */
  kind: string;
  body: Markup;
  isFramable?: boolean;
}

export interface RenderedPage {
  html: string;
  headers: Record<string, string>;
}

// The bars in the accent colour; a file of its own would be one more request.
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%231d5bd1' d='M1 2h14v3H1zm0 5h9v3H1zm0 5h5v3H1z'/%3E%3C/svg%3E";

function scriptOf({ site }: Rendering, name: string): { markup: Markup; inline: Inline[] } {
  const inline = site.scripts[name];
  if (!inline) return { markup: html`<script type="module" src="${site.paths[name]}"></script>`, inline: [] };
  return { markup: html`<script type="module">${new Markup(inline.text)}</script>`, inline: [inline] };
}

/** Puts a page together, with headers that fit what is in it. */
export function renderDocument(page: Page, rendering: Rendering): RenderedPage {
  const { language, origins, site, publicUrl } = rendering;
  const style = inlineOf(site.styles, page.style);
  const scripts = (page.scripts ?? []).map((name) => scriptOf(rendering, name));
  const markup = html`<!doctype html>
<html lang="${language.tag}" dir="${language.direction}"><head><meta charset="utf-8">
<title>${page.title}</title>
${page.head ?? html``}<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="${new Markup(ICON)}">
<style>${new Markup(style.text)}</style></head>
<body class="${page.kind}">${page.body}${scripts.map(({ markup: script }) => script)}</body></html>
`;
  const isFramable = page.isFramable ?? false;
  const policy = {
    styles: [style],
    scripts: scripts.flatMap(({ inline }) => inline),
    origins,
    isFramable,
    publicUrl,
  };
  return { html: markup.text, headers: securityHeaders(policy) };
}
