import type { Poll } from '../../domain/poll.ts';
import type { CommonWords } from '../words/words.ts';
import { type Live, watchConnection } from './connect.ts';
import { byId, setText } from './dom.ts';

/** The page's poll as it is now; before the first message, as it came with the page, without counts. */
export class FollowedPoll {
  poll: Poll;
  viewers = 0;
  isDeleted = false;
  readonly #live: Live;
  readonly #changed: () => void;
  readonly #arrived: () => void;
  #stop = () => {};

  constructor(live: Live, poll: Poll, words: CommonWords, changed: () => void) {
    this.#live = live;
    this.poll = poll;
    this.#changed = changed;
    this.#arrived = watchConnection(live, byId('strip'), words);
  }

  /** @param receipt opens results that show after voting */
  watch(receipt?: string): void {
    const stopBefore = this.#stop;
    this.#stop = this.#live.watchPoll(
      this.poll.id,
      ({ poll, viewers, deleted }) => {
        Object.assign(this, { poll, viewers, isDeleted: deleted });
        this.#arrived();
        showWords(poll);
        this.#changed();
      },
      { onError: ({ code }) => this.#refused(code), ...(receipt ? { receipt } : {}) },
    );
    stopBefore();
  }

  /** A poll that is deleted while the page is disconnected is unknown afterwards. */
  #refused(code: string): void {
    if (code !== 'poll_not_found') return;
    this.isDeleted = true;
    this.#changed();
  }
}

/** Shows question and options as they are worded now: an owner may reword a poll before its first vote. What is chosen
 * and the focus stay, because only texts change. */
function showWords({ question, options }: Poll): void {
  const heading = byId('question').querySelector('bdi');
  if (heading) setText(heading, question);
  if (document.title !== question) document.title = question;
  const texts = new Map(options.map(({ option_id, option_text }) => [option_id, option_text]));
  for (const input of document.querySelectorAll<HTMLInputElement>('#form input')) {
    const text = input.parentElement?.querySelector('bdi');
    if (text) setText(text, texts.get(input.value) ?? '');
  }
}
