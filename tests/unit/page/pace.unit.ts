import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/dom.ts';
const { atPace } = (await import(MODULE)) as { atPace: (draw: () => void) => () => void };

const EVERY_MS = 200;
const FRAME_MS = 16;
const page = { hidden: false };

beforeEach(() => {
  jest.useFakeTimers();
  const requestAnimationFrame = (draw: () => void) => setTimeout(draw, FRAME_MS);
  Object.assign(globalThis, { document: page, requestAnimationFrame });
  page.hidden = false;
});
afterEach(() => {
  jest.useRealTimers();
  for (const name of ['document', 'requestAnimationFrame']) Reflect.deleteProperty(globalThis, name);
});

test('the first change is drawn with the next frame, the others at most five times a second, the newest always', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(gaps, (waits) => {
      let newest = 0;
      const drawn: { at: number; shows: number }[] = [];
      const draw = atPace(() => drawn.push({ at: performance.now(), shows: newest }));
      const began = performance.now();
      for (const wait of waits) {
        newest += 1;
        draw();
        jest.advanceTimersByTime(wait);
      }
      jest.advanceTimersByTime(EVERY_MS + 2 * FRAME_MS);
      expect(drawn[0]?.at).toBeLessThanOrEqual(began + 2 * FRAME_MS);
      expect(drawn.at(-1)?.shows).toBe(newest);
      drawn.slice(1).forEach(({ at }, before) => {
        expect(at - (drawn[before]?.at ?? 0)).toBeGreaterThanOrEqual(EVERY_MS);
      });
    }),
  );
});

test('a hidden page, which has no frames, is drawn at once', () => {
  page.hidden = true;
  let drawings = 0;
  const draw = atPace(() => {
    drawings += 1;
  });
  draw();
  draw();
  jest.runAllTicks();
  expect(drawings).toBe(1);
});
