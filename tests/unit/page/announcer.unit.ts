import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

interface Line {
  textContent: string;
}
interface Announcer {
  switchTo(isOn: boolean): void;
  say(sentence: string): void;
  sayNow(sentence: string): void;
  enter(phase: string, line: Line): void;
}

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/announcer.ts';
const { Announcer } = (await import(MODULE)) as { Announcer: new (line: Line) => Announcer };

const EVERY_MS = 10_000;

/** A line that remembers what it has said, and when. */
function announced() {
  const said: { text: string; at: number }[] = [];
  const line = {
    get textContent() {
      return said.at(-1)?.text ?? '';
    },
    set textContent(text: string) {
      said.push({ text, at: performance.now() });
    },
  };
  return { announcer: new Announcer(line), said };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('changes are said at most once in ten seconds, and the newest is always said', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 12_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(waits, (gaps) => {
      const { announcer, said } = announced();
      gaps.forEach((gap, at) => {
        announcer.say(`${at}`);
        jest.advanceTimersByTime(gap);
      });
      jest.advanceTimersByTime(EVERY_MS);
      expect(said.at(-1)?.text).toBe(`${gaps.length - 1}`);
      said.slice(1).forEach(({ at }, before) => {
        expect(at - (said[before]?.at ?? 0)).toBeGreaterThanOrEqual(EVERY_MS);
      });
    }),
  );
});

test('the same sentence is said once, and nothing after it is switched off', () => {
  const { announcer, said } = announced();
  announcer.say('Tea leads.');
  announcer.say('Tea leads.');
  announcer.say('Coffee leads.');
  announcer.switchTo(false);
  announcer.say('Level.');
  jest.advanceTimersByTime(3 * EVERY_MS);
  expect(said.map(({ text }) => text)).toEqual(['Tea leads.']);
});

test.each([
  [
    ['open', 'closing', 'final'],
    ['closing', 'final'],
  ],
  [['scheduled', 'open', 'deleted'], ['deleted']],
  [['final', 'final'], []],
  [['closing', 'open', 'closing'], ['closing']],
])('of the phases %j it announces %j at once', (phases, expected) => {
  const { announcer, said } = announced();
  for (const phase of phases) announcer.enter(phase, { textContent: phase });
  expect(said.map(({ text }) => text)).toEqual(expected);
});
