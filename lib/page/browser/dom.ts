import { monotonicMs } from '../../clock.ts';

type Child = Node | string;

/** Creates an element. Texts become text nodes, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  const { ariaLabel, ...others } = properties;
  Object.assign(element, others);
  // Firefox before 119 has no such property.
  if (ariaLabel) element.setAttribute('aria-label', ariaLabel);
  element.append(...children);
  return element;
}

/** The one way to show what users have written, as `userText` on the server: isolated from the text around it. */
export const userText = (text: string) => el('bdi', { textContent: text });

/** @throws Error if the page has no such element: server's and browser's half differ */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id}`);
  return found as T;
}

/** Sets a text only where it changes, because screen readers may read a live region again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a text, or hides its element while there is none. */
export function showText(element: HTMLElement, text: string): void {
  setText(element, text);
  element.hidden = text === '';
}

/** A button that stays in the order of focus while it cannot be used. */
export function setBusy(button: HTMLElement, isBusy: boolean): void {
  button.setAttribute('aria-disabled', `${isBusy}`);
}

export const isBusy = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';

/** Acts when the next frame is on the screen. */
function afterPaint(act: () => void): void {
  if (document.hidden) act();
  else requestAnimationFrame(() => setTimeout(act));
}

/** A button that is on or off. It shows that it was pressed before it acts: sorting fifty rows takes a weak phone longer
 * than an answer may. */
export function toggle(text: string, isOn: boolean, changed: (isOn: boolean) => void): HTMLButtonElement {
  const button = el('button', { type: 'button', textContent: text });
  const show = () => button.setAttribute('aria-pressed', `${isOn}`);
  button.onclick = () => {
    isOn = !isOn;
    show();
    afterPaint(() => changed(isOn));
  };
  show();
  return button;
}

/** Nobody reads numbers that change more often, and on a weak phone each change costs what an answer to a press may. */
const EVERY_MS = 200;

/** Calls back before the next frame, however often it was asked for; after a pause at once, else every 200 ms. */
export function atPace(draw: () => void): () => void {
  let isAsked = false;
  let nextAt = 0;
  const run = () => {
    isAsked = false;
    nextAt = monotonicMs() + EVERY_MS;
    draw();
  };
  return () => {
    if (isAsked) return;
    isAsked = true;
    // A hidden page has no frames, and its texts must be right when it is shown.
    if (document.hidden) queueMicrotask(run);
    else setTimeout(requestAnimationFrame, nextAt - monotonicMs(), run);
  };
}
