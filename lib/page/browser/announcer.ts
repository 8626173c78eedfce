import { monotonicMs } from '../../clock.ts';
import type { Phase } from '../views/phase.ts';
import { setText } from './dom.ts';

const EVERY_MS = 10_000;

/** The page's one status line for screen readers: at most one sentence in 10 s, always the newest. */
export class Announcer {
  readonly #line: HTMLElement;
  #isOn = true;
  #nextAt = 0;
  #waiting = '';
  #phase = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(line: HTMLElement) {
    this.#line = line;
  }

  switchTo(isOn: boolean): void {
    this.#isOn = isOn;
    if (!isOn) clearTimeout(this.#timer);
  }

  say(sentence: string): void {
    if (!this.#isOn || sentence === this.#waiting) return;
    this.#waiting = sentence;
    clearTimeout(this.#timer);
    const wait = this.#nextAt - monotonicMs();
    if (wait <= 0) this.sayNow(sentence);
    else this.#timer = setTimeout(() => this.sayNow(sentence), wait);
  }

  /** Announces at once what happens only once: a vote is counted, voting closes. */
  sayNow(sentence: string): void {
    clearTimeout(this.#timer);
    this.#waiting = sentence;
    this.#nextAt = monotonicMs() + EVERY_MS;
    setText(this.#line, sentence);
  }

  /** Announces that voting has ended, or that the poll is gone, at once; other changes when it is their turn. A page that
   * opens after the end announces nothing: its reader reads it.
   * @param line what the page says of it */
  enter(phase: Phase | 'deleted', line: HTMLElement): void {
    const isEnd = this.#phase && phase !== this.#phase && phase !== 'scheduled' && phase !== 'open';
    this.#phase = phase;
    if (isEnd) this.sayNow(line.textContent ?? '');
  }
}
