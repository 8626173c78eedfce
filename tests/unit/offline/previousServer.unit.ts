import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeProcess } from '../../../lib/offline/processes.ts';
import {
  forgetProcess,
  noteProcess,
  waitForPreviousServer,
} from '../../../lib/offline/servers/previousServer.ts';

const newLogFile = () => join(mkdtempSync(join(tmpdir(), 'poleparty-unit-')), 'server.log');

describe('a server left behind by a killed start', () => {
  test('is waited for', async () => {
    const logFile = newLogFile();
    const { pid = 0 } = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 300)', logFile]);
    noteProcess(logFile, pid);
    expect(describeProcess(pid)?.command).toContain(logFile);
    await waitForPreviousServer(logFile);
    expect(describeProcess(pid)?.command ?? '').toBe('');
  });

  test('is not confused with a new process of the same id', async () => {
    const logFile = newLogFile();
    noteProcess(logFile, process.pid);
    const start = performance.now();
    await waitForPreviousServer(logFile);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test('is forgotten once it has ended', async () => {
    const logFile = newLogFile();
    noteProcess(logFile, process.pid);
    forgetProcess(logFile);
    await expect(waitForPreviousServer(logFile)).resolves.toBeUndefined();
  });
});
