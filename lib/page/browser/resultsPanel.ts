import type { Poll } from '../../domain/poll.ts';
import { fill, type Speaker } from '../views/speak.ts';
import { describeLeader, mostVotesFirst, type Row, type Standings, standingsOf } from '../views/standings.ts';
import type { VoteWords } from '../words/words.ts';
import type { Announcer } from './announcer.ts';
import { el, setText, toggle } from './dom.ts';
import { ResultRows } from './resultRows.ts';

export interface PanelState {
  poll: Poll;
  viewers: number;
  isFinal: boolean;
  /** Ids of the options that this browser chose. */
  chosen: readonly string[];
}

/** The results: heading, totals, rows and controls. Live updates never move the focus. */
export class ResultsPanel {
  readonly heading = el('h2', { id: 'results-heading', tabIndex: -1 });
  readonly #words: VoteWords;
  readonly #say: Speaker;
  readonly #rows = new ResultRows();
  readonly #summary = el('p', { className: 'summary' });
  readonly #total = el('p', { className: 'muted' });
  readonly #buttons: HTMLElement[];
  readonly #csv: HTMLAnchorElement;
  readonly #announcer: Announcer;
  #isPaused = false;
  #isSorted = false;
  #last: PanelState | undefined;

  constructor(section: HTMLElement, words: VoteWords, say: Speaker, announcer: Announcer) {
    this.#words = words;
    this.#say = say;
    this.#announcer = announcer;
    this.heading.textContent = words.results;
    this.#csv = el('a', { textContent: words.csv });
    this.#buttons = [
      toggle(words.pause, false, (isOn) => this.#pause(isOn)),
      toggle(words.announce, true, (isOn) => announcer.switchTo(isOn)),
      toggle(words.sort, false, (isOn) => this.#sort(isOn)),
    ];
    const controls = el('div', { className: 'bar' }, ...this.#buttons, this.#csv);
    section.append(this.heading, this.#summary, this.#total, this.#rows.list, controls);
  }

  draw(state: PanelState): void {
    this.#last = state;
    if (!this.#isPaused || state.isFinal) this.#drawNow(state);
  }

  #pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused && this.#last) this.draw(this.#last);
  }

  #sort(isSorted: boolean): void {
    this.#isSorted = isSorted;
    if (this.#last) this.#drawNow(this.#last);
  }

  #drawNow({ poll, viewers, isFinal, chosen }: PanelState): void {
    const standings = standingsOf(poll);
    if (!standings) return;
    const rows = this.#isSorted || isFinal ? mostVotesFirst(standings.rows) : standings.rows;
    this.#rows.draw(rows, {
      describe: (row) => this.#describe(row, standings),
      mark: ({ id }) => (chosen.includes(id) ? this.#words.yours : ''),
    });
    const sentence = describeLeader(standings, isFinal, this.#words, this.#say);
    setText(this.#summary, sentence);
    setText(this.#total, this.#totals(standings, isFinal ? 0 : viewers));
    // Final results do not move, and a poll may be reopened.
    for (const button of this.#buttons) button.hidden = isFinal;
    this.#csv.hidden = !isFinal;
    this.#csv.href = `/polls/${poll.id}/results?bom=true`;
    if (!isFinal) this.#announcer.say(sentence);
  }

  #describe({ votes, share }: Row, { isSingle }: Standings): string {
    const { votes: forms } = this.#words;
    const percent = this.#say.percent(share);
    return `${this.#say.count(forms, votes)}, ${isSingle ? percent : fill(this.#words.ofVoters, { percent })}`;
  }

  #totals({ total, isSingle, mean }: Standings, viewers: number): string {
    const { votes, voters, watching, mean: meanText } = this.#words;
    const parts = [this.#say.count(isSingle ? votes : voters, total)];
    if (mean !== undefined) parts.push(fill(meanText, { mean: this.#say.number(mean) }));
    if (viewers > 0) parts.push(this.#say.count(watching, viewers));
    return parts.join(' · ');
  }
}
