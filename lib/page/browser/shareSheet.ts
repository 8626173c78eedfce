import type { pollLinks } from '../views/links.ts';
import type { ManageWords } from '../words/words.ts';
import { el, setBusy } from './dom.ts';
import { printPoster } from './poster.ts';

export interface Sharing {
  words: ManageWords;
  links: ReturnType<typeof pollLinks>;
  code: string;
  token: string;
  say: (text: string) => void;
  /** The script of the QR code. */
  qrPath: string;
}

/** A text with a button that copies it. Pages on plain http have no clipboard, so the field is selected for its old
 * command. */
function copyField(label: string, text: string, { words, say }: Sharing): HTMLElement {
  const field = el('input', { value: text, readOnly: true, ariaLabel: label });
  const button = el('button', {
    type: 'button',
    textContent: words.copy,
    ariaLabel: `${words.copy}: ${label}`,
  });
  button.onclick = async () => {
    field.select();
    if (navigator.clipboard)
      await navigator.clipboard.writeText(text).catch(() => document.execCommand('copy'));
    else document.execCommand('copy');
    say(words.copied);
  };
  return el('div', {}, el('h3', { textContent: label }), el('div', { className: 'bar' }, field, button));
}

/** How voters get to the poll: code, QR code and links; the owner's link stands apart. */
export function shareSheet(sharing: Sharing): HTMLElement[] {
  const { words, links, code, token, qrPath } = sharing;
  const qr = el('div', { className: 'qr' });
  const poster = el('button', { type: 'button', textContent: words.poster });
  setBusy(poster, true);
  import(qrPath).then(({ qrCode }: typeof import('./qr.ts')) => {
    const image = qrCode(links.qr, words.qr);
    qr.append(image);
    poster.onclick = () => printPoster(sharing, image);
    setBusy(poster, false);
  });
  const tab = (href: string, textContent: string) =>
    el('a', { href, target: '_blank', rel: 'noopener', textContent });
  const present = tab(links.wall, words.present);
  const kiosk = tab(links.kiosk, words.kiosk);
  const again = el('a', { href: `/#copy=${code}`, textContent: words.again });
  const more = el(
    'details',
    {},
    el('summary', { textContent: `${words.embed} · ${words.overlay}` }),
    copyField(words.embed, links.embed, sharing),
    copyField(words.overlay, links.overlay, sharing),
  );
  return [
    el('h3', { textContent: words.share }),
    el('p', { className: 'code', textContent: code }),
    qr,
    el('div', { className: 'bar' }, present, kiosk, again, poster),
    copyField(words.link, links.link, sharing),
    more,
    copyField(words.manageLink, links.manage(token), sharing),
    el('p', { className: 'muted', textContent: words.secret }),
  ];
}
