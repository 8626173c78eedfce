import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/dom.ts';
interface Button {
  pressed: string;
  onclick: () => void;
}
const { toggle } = (await import(MODULE)) as {
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
