import type { Poll } from '../../domain/poll.ts';
import type { Rendering } from './document.ts';
import { html } from './html.ts';

/** Messengers show about this much. */
const DESCRIPTION_CHARACTERS = 200;

function cut(text: string): string {
  const characters = [...text];
  if (characters.length <= DESCRIPTION_CHARACTERS) return text;
  return `${characters.slice(0, DESCRIPTION_CHARACTERS - 1).join('')}…`;
}

export interface Preview {
  title: string;
  /** For a poll, its options. */
  description: string;
  /** The path of the page, such as `/ABC123`. */
  path: string;
}

/** Open Graph tags: title, description and image, by absolute URLs, for services that run no script. */
export function previewTags({ title, description, path }: Preview, { site, origins }: Rendering) {
  const text = cut(description);
  const image = `${origins.page}${site.paths['preview.png']}`;
  return html`<meta property="og:type" content="website">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${text}">
<meta property="og:url" content="${origins.page}${path}">
<meta property="og:image" content="${image}">
<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
<meta name="twitter:card" content="summary_large_image"><meta name="description" content="${text}">
`;
}

export const pollPreview = ({ question, options, code }: Poll): Preview => ({
  title: question,
  description: options.map(({ option_text }) => option_text).join(' · '),
  path: `/${code}`,
});
