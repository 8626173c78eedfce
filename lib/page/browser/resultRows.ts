import type { Row } from '../views/standings.ts';
import { el, setText, userText } from './dom.ts';

/** `<share-bar>`: a bar as long as its share. For the eyes only; the row beside it says the same as text. */
class ShareBar extends HTMLElement {
  /** @param percent 0–100 */
  set share(percent: number) {
    // A property, because the page's policy blocks style attributes.
    this.style.setProperty('--share', `${percent / 100}`);
  }
}

customElements.define('share-bar', ShareBar);

interface Drawn {
  /** What is drawn. */
  row: Row | undefined;
  item: HTMLLIElement;
  text: HTMLElement;
  bar: ShareBar;
  count: HTMLElement;
  mark: HTMLElement;
}

export interface RowTexts {
  /** Such as "12 votes, 60 %". */
  describe: (row: Row) => string;
  /** What is said of the reader's own choice; empty for others. */
  mark: (row: Row) => string;
}

/** Above this many rows, bars change without animation, which is the largest cost on a slow phone. */
const GLIDING = 16;

/** Formatting numbers is most of what an update costs, and a vote changes few of many rows. */
const isSame = (a: Row | undefined, b: Row) =>
  a?.votes === b.votes && a.share === b.share && a.isLeader === b.isLeader && a.text === b.text;

/** A list of results that keeps its elements, so that bars move and focus stays. */
export class ResultRows {
  readonly list = el('ol', { className: 'rows' });
  readonly #drawn = new Map<string, Drawn>();

  draw(rows: Row[], { describe, mark }: RowTexts): void {
    rows.forEach((row, at) => {
      const drawn = this.#drawn.get(row.id) ?? this.#add(row);
      if (this.list.children[at] !== drawn.item)
        this.list.insertBefore(drawn.item, this.list.children[at] ?? null);
      setText(drawn.mark, mark(row));
      if (isSame(drawn.row, row)) return;
      drawn.row = row;
      setText(drawn.text, row.text);
      drawn.bar.share = row.share;
      drawn.item.classList.toggle('leader', row.isLeader);
      setText(drawn.count, describe(row));
    });
    this.list.classList.toggle('many', rows.length > GLIDING);
    const shown = new Set(rows.map(({ id }) => id));
    for (const [id, { item }] of this.#drawn) {
      if (shown.has(id)) continue;
      item.remove();
      this.#drawn.delete(id);
    }
  }

  #add({ id, text }: Row): Drawn {
    const count = el('span', { className: 'count' });
    const mark = el('span', { className: 'mark' });
    const bar = new ShareBar();
    bar.setAttribute('aria-hidden', 'true');
    const words = userText(text);
    const label = el('span', { className: 'label' }, words, ' ', mark);
    const drawn: Drawn = {
      row: undefined,
      item: el('li', {}, label, ' ', count, bar),
      text: words,
      bar,
      count,
      mark,
    };
    this.#drawn.set(id, drawn);
    return drawn;
  }
}
