import { DATA_ID, type PageData } from '../views/pageData.ts';
import { type CommonWords, sent } from '../words/words.ts';
import { codeForm } from './codeForm.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { html, jsonBlock } from './html.ts';
import { chunksOf } from './site.ts';

/** For an unknown code or poll: says so, and offers a field for another code. */
export function missingPage(rendering: Rendering): RenderedPage {
  const { language, site, origins, publicUrl } = rendering;
  const { common, missing } = language.words;
  const data: PageData<CommonWords> = {
    language: language.tag,
    words: sent(common),
    live: origins.live,
    publicUrl,
    chunks: chunksOf(site, { qr: 'qr' }),
  };
  const body = html`<main><h1>${missing.heading}</h1><p>${missing.text}</p>${codeForm(common)}</main>
${jsonBlock(DATA_ID, data)}`;
  return renderDocument(
    { title: missing.heading, style: 'vote', script: 'code', kind: 'missing', body },
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
