import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { forgetStalePostmaster } from '../../../lib/offline/servers/stalePostmaster.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'poleparty-unit-'));

/** A program of that name, which waits. */
async function run(name: string, cwd: string) {
  const folder = newFolder();
  mkdirSync(join(folder, 'bin'));
  copyFileSync('/bin/sleep', join(folder, 'bin', name));
  const child = spawn(join(folder, 'bin', name), ['60'], { cwd });
  await once(child, 'spawn');
  running.push(child);
  return child.pid ?? 0;
}

const running: { kill(): boolean }[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

/** @returns what the file holds after a start has looked at it */
function lookedAt(data: string, pid: number): string[] {
  writeFileSync(join(data, 'postmaster.pid'), `${pid}\n${data}\n1700000000\n5432\n`);
  forgetStalePostmaster(data);
  return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
}

describe('the postmaster.pid of a killed server', () => {
  test.each([
    ['another program', 'sleep'],
    ['a PostgreSQL that works elsewhere', 'postgres'],
  ])('loses its process id if that is %s by now, and keeps the rest', async (_, name) => {
    const data = newFolder();
    const [pid, ...rest] = lookedAt(data, await run(name, tmpdir()));
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    expect(rest).toEqual([data, '1700000000', '5432', '']);
  });

  test('keeps its process id if that is the server itself', async () => {
    const data = newFolder();
    const server = await run('postgres', data);
    expect(lookedAt(data, server)[0]).toBe(`${server}`);
  });
});
