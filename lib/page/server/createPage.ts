import { DATA_ID, type PageData } from '../views/pageData.ts';
import type { CommonWords } from '../words/words.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { html, jsonBlock } from './html.ts';
import { codeForm } from './missingPage.ts';

export function createPage(rendering: Rendering): RenderedPage {
  const { language, site, origins, publicUrl } = rendering;
  const { common } = language.words;
  const data: PageData<CommonWords> = {
    language: language.tag,
    words: common,
    live: origins.live,
    publicUrl,
    chunks: site.paths,
  };
  const body = html`<main><h1>${common.title}</h1>${codeForm(common)}</main>${jsonBlock(DATA_ID, data)}`;
  return renderDocument(
    { title: common.title, style: 'create', script: 'create', kind: 'create', body },
    rendering,
  );
}
