import type { Poll } from '../../domain/poll.ts';
import type { Words } from '../words/words.ts';
import { html } from './html.ts';

/** A field for a code; its script leads to the poll. */
export function codeForm(words: Words['common']) {
  return html`<form id="code-form" novalidate><label for="code">${words.enterCode}</label>
<div class="bar"><input id="code" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="code-hint"><button>${words.join}</button></div>
<p id="code-hint" class="muted">${words.codeHint}</p></form>`;
}

/** The line that says when voting ends. Only the browser knows the reader's zone and the time; that voting has ended is
 * said at once, since longer lines than expected move what is below them. */
export function timeLine({ status }: Poll, { counting, final }: Words['common']) {
  const text = status === 'closed' ? final : status === 'closing' ? counting : html`&nbsp;`;
  return html`<p id="time" class="muted">${text}</p>`;
}
