import type { Poll } from '../../domain/poll.ts';
import { mayBeFramed, type PollView } from '../views/pageData.ts';
import { fill } from '../views/speak.ts';
import type { Words } from '../words/words.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { timeLine } from './fragments.ts';
import { html, userText } from './html.ts';
import { dataBlock } from './pageData.ts';
import { pollPreview, previewTags } from './previewTags.ts';

function optionRow({ option_id, option_text }: Poll['options'][number], type: string) {
  return html`<label class="row"><input type="${type}" name="choice" value="${option_id}" autocomplete="off">${userText(option_text)}</label>`;
}

function voteForm(poll: Poll, words: Words['common'] & Words['vote']) {
  const { max_choices, status } = poll;
  const isOver = status === 'closing' || status === 'closed';
  const type = max_choices === 1 ? 'radio' : 'checkbox';
  const hint = max_choices === 1 ? words.chooseOne : fill(words.chooseUpTo, { max: max_choices });
  return html`<form id="form" novalidate ${isOver ? html`hidden` : html``}>
<fieldset aria-describedby="problem"><legend>${hint}</legend>
${poll.options.map((option) => optionRow(option, type))}</fieldset>
<p id="problem" class="bad" hidden></p>
<div class="bar"><button id="vote" class="main">${words.vote}</button><button id="keep" type="button" hidden>${words.keep}</button></div>
</form>`;
}

/** The vote view. Question and form come from here, so that a vote needs one response; counts come over the
 * WebSocket, so that a cache may keep the page and hidden results stay hidden.
 * @param poll without counts */
export function votePage(
  poll: Poll,
  view: Exclude<PollView, 'wall' | 'overlay'>,
  rendering: Rendering,
): RenderedPage {
  const { language } = rendering;
  const words = { ...language.words.common, ...language.words.vote };
  const loaded = {
    manage: 'manage',
    qr: 'qr',
    style: 'owner.css',
    words: `manage.${language.tag}.json`,
  };
  const body = html`<header id="strip" class="strip bad" hidden></header>
<main><h1 id="question">${userText(poll.question)}</h1>
${timeLine(poll, words)}
${voteForm(poll, words)}
<p id="fate" class="fate" tabindex="-1" hidden></p>
<p id="notice" class="muted" hidden></p>
${view === 'kiosk' ? html`<div class="bar"><button id="next" class="main" hidden>${language.words.kiosk.next}</button></div>` : html``}<div class="bar"><button id="change" type="button" hidden>${words.change}</button><button id="peek" type="button" hidden>${words.showResults}</button></div>
<section id="results" aria-labelledby="results-heading" hidden></section>
<noscript><p class="bad">${words.needsScript}</p></noscript></main>
<p id="status" role="status" class="unseen"></p>
${view === 'vote' ? html`<footer><a href="/">${words.own}</a></footer>` : html``}
${dataBlock(rendering, words, loaded, { poll, view })}`;
  return renderDocument(
    {
      title: poll.question,
      style: 'vote',
      scripts: view === 'kiosk' ? ['vote', 'kiosk'] : ['vote'],
      head: previewTags(pollPreview(poll), rendering),
      kind: view,
      body,
      isFramable: mayBeFramed(view),
    },
    rendering,
  );
}
