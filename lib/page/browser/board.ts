import type { BoardEntry } from 'poleparty-client';
import type { PageData } from '../views/pageData.ts';
import { speaker } from '../views/speak.ts';
import type { CreateWords } from '../words/words.ts';
import type { Live } from './connect.ts';
import { atPace, el, toggle, userText } from './dom.ts';

/** The options with the most votes in all open polls. */
export function showBoard(live: Live, place: HTMLElement, { words, language }: PageData<CreateWords>): void {
  const say = speaker(language);
  const list = el('ol', { className: 'rows' });
  const empty = el('p', { className: 'muted', textContent: words.boardEmpty });
  let entries: BoardEntry[] = [];
  let isPaused = false;

  function row({ rank, option_text, poll_id, poll_question, vote_count }: BoardEntry): HTMLLIElement {
    const poll = el('a', { href: `/p/${poll_id}` }, userText(poll_question));
    const label = el(
      'span',
      { className: 'label' },
      `${say.number(rank)}. `,
      userText(option_text),
      ' · ',
      poll,
    );
    return el('li', {}, label, ' ', el('span', { className: 'count' }, say.count(words.votes, vote_count)));
  }

  const draw = atPace(() => {
    if (isPaused) return;
    empty.hidden = entries.length > 0;
    pause.hidden = entries.length === 0;
    // The focus would be lost with its link; it is drawn when the focus has moved on.
    if (!list.contains(document.activeElement)) list.replaceChildren(...entries.map(row));
  });
  const pause = toggle(words.pause, false, (isOn) => {
    isPaused = isOn;
    draw();
  });
  list.addEventListener('focusout', draw);
  place.replaceChildren(empty, list, el('div', { className: 'bar' }, pause));
  live.watchLeaderboard((present) => {
    entries = present;
    draw();
  });
}
