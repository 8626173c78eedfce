import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { codeForm } from './fragments.ts';
import { html } from './html.ts';

/** For an unknown code or poll: says so, and offers a field for another code. */
export function missingPage(rendering: Rendering): RenderedPage {
  const { common, missing } = rendering.language.words;
  const body = html`<main><h1>${missing.heading}</h1><p>${missing.text}</p>${codeForm(common)}</main>`;
  return renderDocument(
    { title: missing.heading, style: 'create', scripts: ['code'], kind: 'missing', body },
    rendering,
  );
}

/** While the database is away. The page loads itself again. */
export function awayPage(rendering: Rendering): RenderedPage {
  const { missing } = rendering.language.words;
  const head = html`<meta http-equiv="refresh" content="5">`;
  const body = html`<main><h1>${missing.awayHeading}</h1><p>${missing.away}</p></main>`;
  return renderDocument(
    { title: missing.awayHeading, style: 'vote', head, kind: 'missing', body },
    rendering,
  );
}
