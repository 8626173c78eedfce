import { fill } from '../views/speak.ts';
import type { VoteScreen } from '../views/voteScreen.ts';
import type { VoteWords } from '../words/words.ts';
import { byId, isBusy, setBusy, showText } from './dom.ts';
import { isFramed } from './frame.ts';

/** In a frame, a click that was meant for what was there before must not vote. */
const SETTLE_MS = 500;

export interface VoteFormOptions {
  words: VoteWords;
  max: number;
  /** Whether an empty choice withdraws the vote. */
  allowsNone: () => boolean;
  vote: (choice: string[]) => void;
}

/** The form that the server has rendered. It holds the unsent choice; live updates leave it alone. */
export class VoteForm {
  readonly #form = byId<HTMLFormElement>('form');
  readonly #button = byId<HTMLButtonElement>('vote');
  readonly #problem = byId('problem');
  readonly #words: VoteWords;
  readonly #max: number;
  #isSettled: boolean;
  #state: VoteScreen['form'] = 'locked';

  constructor({ words, max, allowsNone, vote }: VoteFormOptions) {
    this.#words = words;
    this.#max = max;
    this.#isSettled = !isFramed;
    if (isFramed)
      setTimeout(() => {
        this.#isSettled = true;
        this.show(this.#state);
      }, SETTLE_MS);
    // Not on submit, which a sandboxed frame without `allow-forms` never fires; Enter clicks the button too.
    this.#button.onclick = (event) => {
      event.preventDefault();
      if (isBusy(this.#button)) return;
      const choice = this.#choice();
      const problem = this.#problemOf(choice, allowsNone());
      showText(this.#problem, problem);
      if (problem) this.#inputs()[0]?.focus();
      else vote(choice);
    };
    this.#form.onchange = () => showText(this.#problem, this.#problemOf(this.#choice(), true));
  }

  show(state: VoteScreen['form']): void {
    this.#state = state;
    this.#form.hidden = state === 'hidden';
    setBusy(this.#button, state !== 'open' || !this.#isSettled);
  }

  fill(choice: readonly string[]): void {
    for (const input of this.#inputs()) input.checked = choice.includes(input.value);
  }

  focus(): void {
    (this.#inputs().find(({ checked }) => checked) ?? this.#inputs()[0])?.focus();
  }

  #inputs(): HTMLInputElement[] {
    return [...this.#form.querySelectorAll('input')];
  }

  #choice(): string[] {
    return this.#inputs().flatMap(({ checked, value }) => (checked ? [value] : []));
  }

  #problemOf(choice: string[], allowsNone: boolean): string {
    if (choice.length === 0 && !allowsNone) return this.#words.choiceMissing;
    return choice.length > this.#max ? fill(this.#words.tooMany, { max: this.#max }) : '';
  }
}
