import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'steppedClock.ts')).href;

/** A wall clock that can be set. */
export interface Clock {
  /** For the environment of the process that has it. */
  env: Record<string, string>;
  /** Sets the offset from the real time; 0 is right again. */
  step(ms: number): Promise<void>;
  /** Whether it was ever ahead of the other clocks. */
  wasAhead(): boolean;
}

/** The wall clock of the process that serves and counts; databases and brokers keep theirs.
 * @param folder where the file is kept that the clock is read from */
export async function createClock(folder: string): Promise<Clock> {
  const file = join(folder, 'clock-offset');
  const env = { STEPPED_CLOCK: file, NODE_OPTIONS: `--import ${PRELOAD}` };
  return steppable(env, (ms) => writeFile(file, `${ms}`));
}

/** @param write tells the process its offset */
export async function steppable(env: Clock['env'], write: Clock['step']): Promise<Clock> {
  let furthestMs = 0;
  await write(0);
  return {
    env,
    step: (ms) => {
      furthestMs = Math.max(furthestMs, ms);
      return write(ms);
    },
    wasAhead: () => furthestMs > 0,
  };
}
