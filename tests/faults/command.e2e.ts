import { expect, test } from '@jest/globals';
import { launch } from '../support/servers/launch.ts';

test('a round without findings ends with its table, how to repeat it, and exit code 0', async () => {
  const command = ['tests/faults/main.ts', '--rounds', '1', '--seed', '7', '--only', 'backend killed'];
  const faults = launch([process.execPath, ...command], { cwd: '.', env: {} });
  const { code } = await faults.exited;
  const output = faults.output();
  expect(output).toMatch(/^npm run faults -- --seed 7 --only 'backend killed', 1 kinds of faults$/m);
  expect(output).toMatch(/^0 proxied: backend killed, \d+ ms, \d+ votes, again after [\d.]+ and [\d.]+ s$/m);
  expect(output).toMatch(/^kind +faults +votes +lost[\s\S]*?^backend killed +1 +\d+ +0 +0 +0 +0 /m);
  expect(output).toMatch(/^Again: npm run faults -- --seed 7 --only 'backend killed'$/m);
  expect(code).toBe(0);
});
