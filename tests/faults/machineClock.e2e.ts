import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Clock } from './worlds/clock.ts';
import { createMachineClock, fakeTimeLibrary } from './worlds/machineClock.ts';

const library = fakeTimeLibrary();
const STEP_MS = 60_000;
/** Between two looks at a clock; far from the step. */
const LOOK_MS = 10_000;

/** Prints both of its clocks when it is asked to. */
const PROGRAM =
  "process.stdin.on('data', () => console.log(JSON.stringify([Date.now(), performance.timeOrigin + performance.now()])))";

(library || process.env['CI'] ? describe : describe.skip)(
  'a program whose machine has a clock that steps',
  () => {
    let folder: string;
    let clock: Clock;
    let program: ReturnType<typeof spawn>;
    let lines: AsyncIterator<string>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'poleparty-clock-'));
      clock = await createMachineClock(folder, library ?? 'libfaketime is not installed');
      program = spawn(process.execPath, ['-e', PROGRAM], {
        env: { ...process.env, ...clock.env },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      if (!program.stdout) throw new Error('The program has no output.');
      lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    });
    afterAll(async () => {
      program.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    });

    /** How far its clocks are ahead of the real time. */
    async function offsets(): Promise<{ wall: number; monotonic: number }> {
      program.stdin?.write('now\n');
      const { value } = await lines.next();
      const [wall, monotonic] = JSON.parse(value);
      return { wall: wall - Date.now(), monotonic: monotonic - Date.now() };
    }

    test.each([0, -STEP_MS, STEP_MS, 0])(
      'is off by %d ms while it runs, and its monotonic clock is right',
      async (ms) => {
        await clock.step(ms);
        const { wall, monotonic } = await offsets();
        expect(Math.abs(wall - ms)).toBeLessThan(LOOK_MS);
        expect(Math.abs(monotonic)).toBeLessThan(LOOK_MS);
      },
    );

    test('counts as ahead once it has been', () => {
      expect(clock.wasAhead()).toBe(true);
    });
  },
);
