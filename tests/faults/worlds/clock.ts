import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'steppedClock.ts')).href;

/** The wall clock of the process that serves and counts; databases and brokers keep theirs. */
export interface Clock {
  /** For the environment of that process. */
  env: Record<string, string>;
  /** Sets the offset from the real time; 0 is right again. */
  step(ms: number): Promise<void>;
  /** Whether it was ever ahead of the other clocks. */
  wasAhead(): boolean;
}

/** @param folder where the file is kept that the clock is read from */
export async function createClock(folder: string): Promise<Clock> {
  const file = join(folder, 'clock-offset');
  let furthestMs = 0;
  const step = (ms: number) => {
    furthestMs = Math.max(furthestMs, ms);
    return writeFile(file, `${ms}`);
  };
  await step(0);
  return {
    env: { STEPPED_CLOCK: file, NODE_OPTIONS: `--import ${PRELOAD}` },
    step,
    wasAhead: () => furthestMs > 0,
  };
}
