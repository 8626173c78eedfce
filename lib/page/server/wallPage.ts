import type { Poll } from '../../domain/poll.ts';
import { DATA_ID, type PollPageData } from '../views/pageData.ts';
import type { CommonWords } from '../words/words.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { html, jsonBlock, userText } from './html.ts';
import { previewTags } from './previewTags.ts';

export function wallPage(poll: Poll, view: 'wall' | 'overlay', rendering: Rendering): RenderedPage {
  const { language, site, origins, publicUrl } = rendering;
  const words = language.words.common;
  const data: PollPageData<CommonWords> = {
    language: language.tag,
    words,
    live: origins.live,
    publicUrl,
    chunks: site.paths,
    poll,
    view,
  };
  const body = html`<main><h1>${userText(poll.question)}</h1></main>${jsonBlock(DATA_ID, data)}`;
  return renderDocument(
    {
      title: poll.question,
      style: 'wall',
      script: 'wall',
      head: previewTags(poll, rendering),
      kind: view,
      body,
      isFramable: true,
    },
    rendering,
  );
}
