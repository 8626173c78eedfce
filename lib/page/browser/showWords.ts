import type { Poll } from '../../domain/poll.ts';
import { byId, setText } from './dom.ts';

/** Shows question and options as they are worded now: an owner may reword a poll before its first vote. What is chosen
 * and the focus stay, because only texts change. */
export function showWords({ question, options }: Poll): void {
  const heading = byId('question').querySelector('bdi');
  if (heading) setText(heading, question);
  if (document.title !== question) document.title = question;
  const texts = new Map(options.map(({ option_id, option_text }) => [option_id, option_text]));
  for (const input of document.querySelectorAll<HTMLInputElement>('#form input')) {
    const text = input.parentElement?.querySelector('bdi');
    if (text) setText(text, texts.get(input.value) ?? '');
  }
}
