import { expect, test } from '@jest/globals';
import { remembered } from '../../../lib/offline/emulator/rememberHandlers.ts';

test('a handler is loaded once, and again after a failure', async () => {
  const loads: string[] = [];
  const load = remembered(async (folder, handler) => {
    loads.push(handler);
    if (loads.length === 1) throw new Error('Half-written.');
    return `${folder}/${handler}`;
  });
  await expect(load('build', 'vote')).rejects.toThrow('Half-written.');
  expect(await Promise.all([load('build', 'vote'), load('build', 'vote')])).toEqual([
    'build/vote',
    'build/vote',
  ]);
  expect(await load('build', 'vote')).toBe('build/vote');
  expect(await load('build', 'ping')).toBe('build/ping');
  expect(loads).toEqual(['vote', 'vote', 'ping']);
});
