import { TEMPLATE_SEPARATOR } from '../views/draft.ts';
import type { Language } from '../words/languages.ts';
import type { Words } from '../words/words.ts';
import { type RenderedPage, type Rendering, renderDocument } from './document.ts';
import { codeForm } from './fragments.ts';
import { html } from './html.ts';
import { dataBlock } from './pageData.ts';
import { previewTags } from './previewTags.ts';

/** Seconds, as `expires_in` has them. */
const DURATIONS = [
  [30, 30, 'second'],
  [60, 1, 'minute'],
  [300, 5, 'minute'],
  [3_600, 60, 'minute'],
  [86_400, 1, 'day'],
] as const;
const CHOSEN = 3_600;

function durations(tag: string) {
  return DURATIONS.map(([seconds, amount, unit]) => {
    const text = new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
    return html`<option value="${seconds}" ${seconds === CHOSEN ? html`selected` : html``}>${text}</option>`;
  });
}

/** Their buttons fill the answers with what they are named. */
function templates({ yes, no, abstain }: Words['create']) {
  const sets = [[yes, no], [yes, no, abstain], [...'ABCD'], [...'12345']];
  return sets.map((texts) => html`<button type="button">${texts.join(TEMPLATE_SEPARATOR)}</button>`);
}

function settings(words: Words['common'] & Words['create']) {
  return html`<details><summary>${words.more}</summary>
<label for="max">${words.max}</label><input id="max" type="number" min="1" max="50" value="1" inputmode="numeric">
<label class="check"><input id="change" type="checkbox">${words.change}</label>
<label for="visibility">${words.visibility}</label><select id="visibility"><option value="always">${words.always}</option>
<option value="after_vote">${words.after_vote}</option><option value="after_close">${words.after_close}</option></select>
<label class="check"><input id="listed" type="checkbox" checked>${words.listed}</label></details>`;
}

function pollForm({ tag }: Language, words: Words['common'] & Words['create']) {
  return html`<form id="poll-form" novalidate>
<label for="question">${words.question}</label>
<textarea id="question" rows="2" maxlength="500" autofocus aria-describedby="question-problem"></textarea>
<p id="question-problem" class="bad" hidden></p>
<fieldset aria-describedby="options-problem"><legend>${words.options}</legend><ol id="options"></ol>
<div class="bar"><button id="add" type="button">${words.add}</button></div>
<div class="bar" id="templates" role="group" aria-label="${words.templates}">${templates(words)}</div></fieldset>
<p id="options-problem" class="bad" hidden></p>
<label for="duration">${words.closes}</label><select id="duration">${durations(tag)}<option value="date">${words.atDate}</option></select>
<div id="at" hidden><label for="date">${words.date}</label><input id="date" type="datetime-local" aria-describedby="date-problem"></div>
<p id="date-problem" class="bad" hidden></p>
${settings(words)}
<p id="problem" class="bad" hidden></p>
<div class="bar"><button id="start" class="main">${words.start}</button></div></form>`;
}

/** The start: make a poll, enter a code, the polls of this device, and the board. */
export function createPage(rendering: Rendering): RenderedPage {
  const { language } = rendering;
  const words = { ...language.words.common, ...language.words.create };
  const head = previewTags({ title: words.title, description: words.about, path: '/' }, rendering);
  const body = html`<header id="strip" class="strip bad" hidden></header><main><h1>${words.heading}</h1>
${pollForm(language, words)}
<section>${codeForm(words)}</section>
<section id="mine" hidden><h2>${words.mine}</h2><ul class="plain"></ul></section>
<section><h2>${words.board}</h2><div id="board"><p class="muted">&nbsp;</p></div></section>
<noscript><p class="bad">${words.needsScript}</p></noscript></main>
<p id="status" role="status" class="unseen"></p>${dataBlock(rendering, words, {}, {})}`;
  return renderDocument(
    { title: words.title, style: 'create', scripts: ['create'], head, kind: 'create', body },
    rendering,
  );
}
