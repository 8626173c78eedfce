import type { Poll } from '../../domain/poll.ts';
import { pollLinks } from '../views/links.ts';
import { fill } from '../views/speak.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { html, userText } from './html.ts';
import { dataBlock } from './pageData.ts';
import { pollPreview, previewTags } from './previewTags.ts';

/** The wall for a projector, and the overlay for OBS. Host, code and QR code stay on the wall, whatever else is. */
export function wallPage(poll: Poll, view: 'wall' | 'overlay', rendering: Rendering): RenderedPage {
  const { language, origins, publicUrl } = rendering;
  const words = { ...language.words.common, ...language.words.wall };
  const { host } = pollLinks(publicUrl || origins.page, poll.code);
  const joining = html`<aside id="join"><div id="qr"></div>
<div><p id="join-at">${fill(words.joinAt, { host })}</p><p class="code">${poll.code}</p></div></aside>`;
  const body = html`<header id="strip" class="strip bad" hidden></header>
<main><h1 id="question">${userText(poll.question)}</h1><p id="time" class="muted">&nbsp;</p>
<p id="summary" class="summary">&nbsp;</p><div id="results"></div></main>
${view === 'wall' ? joining : html``}
<div id="controls" class="bar" hidden></div>
<p id="status" role="status" class="unseen"></p>
<noscript><p class="bad">${words.needsScript}</p></noscript>${dataBlock(rendering, words, { qr: 'qr' }, { poll, view })}`;
  return renderDocument(
    {
      title: poll.question,
      style: 'wall',
      scripts: ['wall'],
      head: previewTags(pollPreview(poll), rendering),
      kind: view,
      body,
      isFramable: true,
    },
    rendering,
  );
}
