import { fill } from '../views/speak.ts';
import type { CreateWords } from '../words/words.ts';
import { byId, el, setText } from './dom.ts';

const LEAST = 2;
const MOST = 50;

/** The fields for options: Enter goes on to the next, pasted lines become options. */
export class OptionRows {
  readonly #list = byId('options');
  readonly #words: CreateWords;
  readonly #changed: () => void;

  constructor(words: CreateWords, changed: () => void) {
    this.#words = words;
    this.#changed = changed;
    byId('add').onclick = () => this.#add()?.focus();
    this.set(['', '']);
  }

  get texts(): string[] {
    return this.#inputs().map(({ value }) => value);
  }

  set(texts: string[]): void {
    this.#list.replaceChildren();
    const rows = [...texts, '', ''].slice(0, Math.max(LEAST, Math.min(texts.length, MOST)));
    for (const text of rows) this.#add(text);
    this.#changed();
  }

  focus(): void {
    (this.#inputs().find(({ value }) => value.trim() === '') ?? this.#inputs()[0])?.focus();
  }

  #inputs(): HTMLInputElement[] {
    return [...this.#list.querySelectorAll('input')];
  }

  #add(text = '', after?: Element | null): HTMLInputElement | undefined {
    if (this.#inputs().length >= MOST) return undefined;
    const input = el('input', { value: text, maxLength: 400, autocomplete: 'off' });
    const remove = el('button', { type: 'button', textContent: '×' });
    const row = el('li', {}, input, remove);
    remove.onclick = () => this.#remove(row);
    input.onkeydown = (event) => {
      // Enter of an input method ends the composition, not the row.
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault();
      const next = row.nextElementSibling?.querySelector('input') ?? this.#add('', row);
      next?.focus();
    };
    input.onpaste = (event) => this.#paste(event, row, input);
    if (after) after.after(row);
    else this.#list.append(row);
    this.#number();
    return input;
  }

  #paste(event: ClipboardEvent, row: Element, input: HTMLInputElement): void {
    const lines = (event.clipboardData?.getData('text') ?? '')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '');
    const [first = '', ...others] = lines;
    if (others.length === 0) return;
    event.preventDefault();
    input.value += first;
    let last: Element = row;
    for (const line of others) last = this.#add(line, last)?.closest('li') ?? last;
    last.querySelector('input')?.focus();
    this.#changed();
  }

  #remove(row: Element): void {
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.#number();
    neighbour?.querySelector('input')?.focus();
    this.#changed();
  }

  /** Names each field and button by its place, and hides the buttons while there are only two rows. */
  #number(): void {
    const rows = [...this.#list.children];
    rows.forEach((row, at) => {
      const [input, button] = row.children as unknown as [HTMLInputElement, HTMLButtonElement];
      input.setAttribute('aria-label', fill(this.#words.option, { n: at + 1 }));
      button.setAttribute('aria-label', fill(this.#words.remove, { n: at + 1 }));
      button.hidden = rows.length <= LEAST;
      setText(button, '×');
    });
  }
}
