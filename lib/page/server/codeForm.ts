import type { Words } from '../words/words.ts';
import { html } from './html.ts';

/** A field for a code; its script leads to the poll. */
export function codeForm(words: Words['common']) {
  return html`<form id="code-form" novalidate><label for="code">${words.enterCode}</label>
<div class="bar"><input id="code" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="code-hint"><button>${words.join}</button></div>
<p id="code-hint" class="muted">${words.codeHint}</p></form>`;
}
