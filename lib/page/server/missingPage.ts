import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { codeForm } from './fragments.ts';
import { html } from './html.ts';

/** For an unknown code or poll: says so, and offers a field for another code.
 * @param isFramable true in place of a view that may be framed, where a code would lead to one that may not */
export function missingPage(rendering: Rendering, isFramable = false): RenderedPage {
  const { common, missing } = rendering.language.words;
  const form = isFramable ? html`` : codeForm(common);
  const scripts = isFramable ? [] : ['code'];
  const body = html`<main><h1>${missing.heading}</h1><p>${missing.text}</p>${form}</main>`;
  return renderDocument(
    { title: missing.heading, style: 'create', scripts, kind: 'missing', body, isFramable },
    rendering,
  );
}

/** The page while the database is away. It reloads itself.
 * @param isFramable true in place of a view that may be framed: a blank frame would stay blank */
export function awayPage(rendering: Rendering, isFramable = false): RenderedPage {
  const { missing } = rendering.language.words;
  const head = html`<meta http-equiv="refresh" content="5">`;
  const body = html`<main><h1>${missing.awayHeading}</h1><p>${missing.away}</p></main>`;
  return renderDocument(
    { title: missing.awayHeading, style: 'vote', head, kind: 'missing', body, isFramable },
    rendering,
  );
}
