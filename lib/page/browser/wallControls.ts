import { labelOf, WALL_KEYS, type WallControl } from '../views/wallKeys.ts';
import type { WallWords } from '../words/words.ts';
import { el, toggle } from './dom.ts';

export interface WallControls {
  words: WallWords;
  place: HTMLElement;
  /** What the controls change; `draw` shows it. */
  show: { isHidden: boolean; isPaused: boolean };
  draw: () => void;
  /** False where keys of one letter are in the way, for example of speech input (WCAG 2.1.4). */
  hasKeys: boolean;
}

const FADE_AFTER_MS = 3_000;
const SIZE_STEP = 0.1;

/** Keeps the screen on while the page is visible: browsers release the lock when it is not. */
async function stayAwake(note: HTMLElement, words: WallWords): Promise<void> {
  if (!navigator.wakeLock) {
    note.textContent = words.maySleep;
    return;
  }
  const lock = () => {
    if (!document.hidden) navigator.wakeLock.request('screen').catch(() => {});
  };
  document.addEventListener('visibilitychange', lock);
  lock();
}

function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

/** Buttons for the presenter, each with its key; they fade while nobody moves. */
export function wallControls({ words, place, show, draw, hasKeys }: WallControls): void {
  let size = 1;
  const resize = (by: number) => {
    size = Math.min(2, Math.max(0.6, size + by));
    document.documentElement.style.setProperty('--size', `${size}`);
  };
  const act = (name: WallControl, run: () => void) => {
    const button = el('button', { type: 'button', textContent: labelOf(name, words), onclick: run });
    return { key: WALL_KEYS[name], button };
  };
  const press = (name: WallControl, run: (isOn: boolean) => void) => {
    return { key: WALL_KEYS[name], button: toggle(labelOf(name, words), false, run) };
  };
  const controls = [
    act('fullScreen', fullScreen),
    press('bigCode', (isOn) => document.body.classList.toggle('big-code', isOn)),
    press('hide', (isOn) => {
      show.isHidden = isOn;
      draw();
    }),
    press('pause', (isOn) => {
      show.isPaused = isOn;
      draw();
    }),
    act('larger', () => resize(SIZE_STEP)),
    act('smaller', () => resize(-SIZE_STEP)),
  ];
  const note = el('p', { className: 'muted' });
  place.replaceChildren(...controls.map(({ button }) => button), note);
  place.classList.add('ready');

  let timer: ReturnType<typeof setTimeout> | undefined;
  const wake = () => {
    place.classList.remove('faded');
    clearTimeout(timer);
    timer = setTimeout(() => place.classList.add('faded'), FADE_AFTER_MS);
  };
  for (const type of ['pointermove', 'keydown', 'focusin']) addEventListener(type, wake);
  addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) => {
    if (!hasKeys || ctrlKey || metaKey || altKey) return;
    const pressed = key.toUpperCase().replace('-', '−');
    controls.find((control) => control.key === pressed)?.button.click();
  });
  wake();
  void stayAwake(note, words);
}
