import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/dom.ts';
interface Button {
  pressed: string;
  onclick: () => void;
}
interface Asking {
  textContent: string;
  busy: string;
  onclick: () => void;
}
const { askOnce, toggle } = (await import(MODULE)) as {
  askOnce: (button: Asking, question: string) => void;
  toggle: (text: string, isOn: boolean, changed: (isOn: boolean) => void) => Button;
};

const page = { hidden: false, createElement: () => button() };
let frames: (() => void)[] = [];

const button = () => ({
  pressed: '',
  append: () => {},
  setAttribute(_: string, value: string) {
    this.pressed = value;
  },
});

beforeEach(() => {
  jest.useFakeTimers();
  frames = [];
  page.hidden = false;
  Object.assign(globalThis, {
    document: page,
    requestAnimationFrame: (draw: () => void) => frames.push(draw),
  });
});
afterEach(() => {
  jest.useRealTimers();
  for (const name of ['document', 'requestAnimationFrame']) Reflect.deleteProperty(globalThis, name);
});

test('a button shows that it is pressed in the next frame, and acts after it', () => {
  const acts: boolean[] = [];
  const pressed = toggle('Sort', false, (isOn) => acts.push(isOn));
  pressed.onclick();
  expect(pressed.pressed).toBe('true');
  for (const draw of frames) draw();
  expect(acts).toEqual([]);
  jest.runAllTimers();
  expect(acts).toEqual([true]);
});

test('on a hidden page, which has no frames, it acts at once', () => {
  page.hidden = true;
  const acts: boolean[] = [];
  toggle('Sort', true, (isOn) => acts.push(isOn)).onclick();
  expect(acts).toEqual([false]);
});

/** A button that asks, and how often it has acted. */
function asking() {
  let acts = 0;
  const button = {
    textContent: 'Close',
    busy: 'false',
    onclick: () => {
      acts += 1;
    },
    setAttribute(_: string, value: string) {
      this.busy = value;
    },
  };
  askOnce(button, 'Close now?');
  return { button, acts: () => acts };
}

test('a button that asks acts on a second press, but not on that of a double click', () => {
  const { button, acts } = asking();
  button.onclick();
  expect([button.textContent, button.busy]).toEqual(['Close now?', 'true']);
  jest.advanceTimersByTime(150);
  button.onclick();
  jest.advanceTimersByTime(600);
  expect([acts(), button.textContent, button.busy]).toEqual([0, 'Close now?', 'false']);
  button.onclick();
  expect(acts()).toBe(1);
});

test('a button that asks never acts while its key is held, and asks again after a while', () => {
  const { button, acts } = asking();
  for (let held = 0; held < 9_000; held += 30) {
    button.onclick();
    jest.advanceTimersByTime(30);
  }
  expect(acts()).toBe(0);
  jest.advanceTimersByTime(4_000);
  expect([button.textContent, button.busy]).toEqual(['Close', 'false']);
  button.onclick();
  expect([acts(), button.textContent]).toEqual([0, 'Close now?']);
});
