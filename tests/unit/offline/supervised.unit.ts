import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { childrenOf, describeProcess } from '../../../lib/offline/processes.ts';
import { createSupervisor } from '../../../lib/offline/servers/supervised.ts';
import { freeze } from '../../support/servers/serverProcesses.ts';
import { untilTrue } from '../../support/untilTrue.ts';

/** Takes some hundredths of a second to end when it is told to. */
const SLOW_TO_END = 'trap "exit 0" TERM; while :; do sleep 0.02; done';

const logFile = join(mkdtempSync(join(tmpdir(), 'poleparty-unit-')), 'server.log');

/** The number of a process's session; undefined if it has ended. */
function sessionOf(pid: number | string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return session;
  } catch {
    return undefined;
  }
}

test('a stopped server leaves no process of its session behind', async () => {
  const { pid, stop } = await createSupervisor().start({
    command: 'sh',
    args: ['-c', SLOW_TO_END],
    stopSteps: 'TERM:10 KILL:1',
    logFile,
  });
  const session = sessionOf(pid);
  expect(session).toBeDefined();
  await stop();
  const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && sessionOf(name) === session);
  expect(left).toEqual([]);
});

test('a server is stopped even if it and its children are frozen', async () => {
  const { pid, stop, hasExited } = await createSupervisor().start({
    command: 'sh',
    args: ['-c', "trap 'kill $!; exit 0' TERM; sleep 600 & wait"],
    stopSteps: 'TERM:5 KILL:1',
    logFile,
  });
  // Not just two processes: until the second is `sleep` itself, it may lose the TERM that the shell passes on.
  await untilTrue(() => childrenOf(pid).some((child) => describeProcess(child)?.command.startsWith('sleep')));
  freeze(pid);
  await stop();
  expect(hasExited()).toBe(true);
}, 20_000);

test('a server that ends by itself ends its guard', async () => {
  const { exited } = await createSupervisor().start({
    command: 'sh',
    args: ['-c', 'exit 7'],
    stopSteps: 'TERM:10 KILL:1',
    logFile,
  });
  expect(await exited).toBe(7);
});

test('a supervisor stops its own processes, and starts none afterwards', async () => {
  const [one, other] = [createSupervisor(), createSupervisor()];
  const order = (name: string) => ({
    command: 'sh',
    args: ['-c', SLOW_TO_END],
    stopSteps: 'TERM:10 KILL:1',
    logFile: join(dirname(logFile), name),
  });
  const [stopped, left] = [await one.start(order('one.log')), await other.start(order('other.log'))];
  await one.stopAll();
  expect([stopped.hasExited(), left.hasExited()]).toEqual([true, false]);
  expect([one.isStopping(), other.isStopping()]).toEqual([true, false]);
  await expect(one.start(order('one.log'))).rejects.toThrow('The system is stopping');
  await other.stopAll();
  expect(left.hasExited()).toBe(true);
});
