import { byId, el, userText } from './dom.ts';
import type { Sharing } from './shareSheet.ts';

/** In large type, a longer question leaves no room for the code on its page. */
const LONG_CHARACTERS = 120;

/** Prints a sheet to hang up: question, QR code, host and code. Without it, printing gives the results. */
export function printPoster({ links, code }: Sharing, qr: Element): void {
  const question = byId('question').textContent ?? '';
  const heading = el(
    'h1',
    { className: question.length > LONG_CHARACTERS ? 'long' : '' },
    userText(question),
  );
  const address = [el('p', { textContent: links.host }), el('p', { className: 'code', textContent: code })];
  const sheet = el('section', { className: 'poster' }, heading, qr.cloneNode(true), ...address);
  const { body } = document;
  body.append(sheet);
  body.classList.add('as-poster');
  addEventListener(
    'afterprint',
    () => {
      sheet.remove();
      body.classList.remove('as-poster');
    },
    { once: true },
  );
  print();
}
