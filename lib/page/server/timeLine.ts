import type { Poll } from '../../domain/poll.ts';
import type { Words } from '../words/words.ts';
import { html } from './html.ts';

/** The line that says when voting ends. Only the browser knows the reader's zone and the time; that voting has ended is
 * said at once, since longer lines than expected move what is below them. */
export function timeLine({ status }: Poll, { counting, final }: Words['common']) {
  const text = status === 'closed' ? final : status === 'closing' ? counting : html`&nbsp;`;
  return html`<p id="time" class="muted">${text}</p>`;
}
