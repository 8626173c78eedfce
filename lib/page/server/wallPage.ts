import type { Poll } from '../../domain/poll.ts';
import { pollLinks } from '../views/links.ts';
import { mayBeFramed } from '../views/pageData.ts';
import { fill } from '../views/speak.ts';
import { labelOf, WALL_KEYS, type WallControl } from '../views/wallKeys.ts';
import { wallRows } from '../views/wallRows.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { timeLine } from './fragments.ts';
import { html, userText } from './html.ts';
import { dataBlock } from './pageData.ts';
import { pollPreview, previewTags } from './previewTags.ts';

/** Rows as the script will draw them, without counts, so that what is below them is in its place from the start. Of many
 * options, which are on top is not known yet. */
function emptyRows({ options, results_visibility, is_final }: Poll) {
  if (results_visibility !== 'always' && !is_final) return html``;
  const all = options.map(({ option_id: id, option_text: text }) => ({
    id,
    text,
    votes: 0,
    share: 0,
    isLeader: false,
  }));
  const { rows, others, columns } = wallRows(
    { rows: all, total: 0, isSingle: true, mean: undefined },
    is_final,
  );
  const items = rows.map(
    ({ text }) =>
      html`<li><span class="label">${others > 0 ? html`&nbsp;` : userText(text)}</span> <span class="count"></span><share-bar aria-hidden="true"></share-bar></li>`,
  );
  return html`<ol class="rows ${columns === 2 ? 'two' : ''}">${items}</ol>`;
}

/** The wall for a projector, and the overlay for OBS. Host, code and QR code stay on the wall, whatever else is. */
export function wallPage(poll: Poll, view: 'wall' | 'overlay', rendering: Rendering): RenderedPage {
  const { language, origins, publicUrl } = rendering;
  const words = { ...language.words.common, ...language.words.wall };
  const { host } = pollLinks(publicUrl || origins.page, poll.code);
  const joining = html`<aside id="join"><div id="qr"></div>
<div><p id="join-at">${fill(words.joinAt, { host })}</p><p class="code">${poll.code}</p></div></aside>`;
  // They are invisible and keep the room for the buttons of the script.
  const controls = (Object.keys(WALL_KEYS) as WallControl[]).map(
    (name) => html`<button disabled>${labelOf(name, words)}</button>`,
  );
  const body = html`<header id="strip" class="strip bad" hidden></header>
<main><h1 id="question">${userText(poll.question)}</h1>${timeLine(poll, words)}
<p id="summary" class="summary ${poll.is_final ? 'winner' : ''}">&nbsp;</p><div id="results">${view === 'wall' ? emptyRows(poll) : html``}</div></main>
${view === 'wall' ? html`${joining}<div id="controls" class="bar">${controls}</div>` : html``}
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
      isFramable: mayBeFramed(view),
    },
    rendering,
  );
}
