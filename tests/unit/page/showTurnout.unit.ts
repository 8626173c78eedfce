import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

type ShowTurnout = (
  line: object,
  read: () => Promise<object>,
  isFinal: () => boolean,
  words: object,
  say: object,
) => void;

// The browser's half is checked with a browser's types, by a configuration of its own.
const MODULE = '../../../lib/page/browser/showTurnout.ts';

beforeEach(() => {
  jest.useFakeTimers();
  Object.assign(globalThis, { document: { hidden: false } });
});
afterEach(() => {
  jest.useRealTimers();
  Reflect.deleteProperty(globalThis, 'document');
});

test('the turnout is not read while the poll is final, nor once its line has left the page', async () => {
  const { showTurnout } = (await import(MODULE)) as { showTurnout: ShowTurnout };
  let reads = 0;
  let isFinal = false;
  const line = { isConnected: true, textContent: '', hidden: true };
  const read = async () => {
    reads += 1;
    return { total_votes: 7, is_final: false };
  };
  const later = () => jest.advanceTimersByTimeAsync(60_000);

  showTurnout(line, read, () => isFinal, {}, { count: (_: unknown, votes: number) => `${votes} votes` });
  await later();
  expect([reads, line]).toMatchObject([13, { textContent: '7 votes', hidden: false }]);
  isFinal = true;
  await later();
  expect([reads, line.hidden]).toEqual([13, true]);
  isFinal = false;
  await later();
  expect(reads).toBe(25);
  line.isConnected = false;
  await later();
  expect([reads, jest.getTimerCount()]).toEqual([25, 0]);
});
