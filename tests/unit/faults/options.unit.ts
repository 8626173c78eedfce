import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { everyFault } from '../../faults/kinds/registry.ts';
import { readOptions } from '../../faults/options.ts';

const read = (...args: string[]) => readOptions(args);

/** `npm run faults`, which never gets as far as a server. */
function command(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tests/faults/main.ts', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe('the fault suite', () => {
  test('plays the rounds that it is asked for', () => {
    expect([...read('--rounds', '3').rounds]).toEqual([0, 1, 2]);
    expect([...read('--round', '12,13').rounds]).toEqual([12, 13]);
    expect(read('--seed', '7', '--only', 'broker killed', '--at-once', '2')).toMatchObject({
      seed: 7,
      atOnce: 2,
      command: `npm run faults -- --seed 7 --only 'broker killed' --at-once 2`,
    });
  });

  test.each([
    [['--minutes', 'abc'], '--minutes takes a number'],
    [['--minutes', '0'], '--minutes takes a number'],
    [['--minutes=-5'], '--minutes takes a number'],
    [['--rounds', '0'], '--rounds takes a whole number from 1'],
    [['--rounds', '1.5'], '--rounds takes a whole number from 1'],
    [['--round', '1,x'], '--round takes a whole number from 0'],
    [['--round', ''], '--round takes a whole number from 0'],
    [['--seed', 'x'], '--seed takes a whole number from 0'],
    [['--at-once', '0'], '--at-once takes a whole number from 1'],
    [['--minute', '5'], `Unknown option '--minute'`],
    [['5'], `Unexpected argument '5'`],
  ])('rejects %j', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  test('names the kinds of faults when none has the given word, and exits with 2', () => {
    const { status, stdout, stderr } = command(['--only', 'nonsense']);
    expect([status, stdout]).toEqual([2, '']);
    for (const { name } of everyFault) expect(stderr).toContain(name);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('says which argument is wrong and which there are, and exits with 2', () => {
    const { status, stdout, stderr } = command(['--minutes', 'abc']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^--minutes takes a number above 0, and not 'abc'\.\n\nnpm run faults/);
  });

  test('prints its table, how to repeat it and the fault if a system does not start, and exits with 1', () => {
    const nowhere = '/nowhere/at/all';
    const { status, stdout, stderr } = command(['--seed', '7', '--rounds', '1'], { TMPDIR: nowhere });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^kind +faults +votes[\s\S]*?^all +0 /m);
    expect(stdout).toContain('Again: npm run faults -- --seed 7\nNo round was played to its end.');
    expect(stderr).toContain(nowhere);
  });
});
