import { globSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, steppable } from './clock.ts';

const MS_PER_SECOND = 1_000;

/** The library that shows programs another time, from Debian's package libfaketime; for programs with threads. */
export function fakeTimeLibrary(): string | undefined {
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0];
}

/** The wall clock of a process and of all that it starts, as if the clock of their machine were set. The monotonic
 * clock stays right, as it does then.
 * @param folder where the file is kept that the clock is read from, at every look at the clock */
export async function createMachineClock(folder: string, library: string): Promise<Clock> {
  const file = join(folder, 'machine-clock-offset');
  const write = async (ms: number) => {
    // At once: a program that finds half of it ends.
    await writeFile(`${file}.new`, `${ms < 0 ? '' : '+'}${ms / MS_PER_SECOND}`);
    await rename(`${file}.new`, file);
  };
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // With this work-around for an old glibc, waits of Java end at once, and a broker never rests.
    FAKETIME_FORCE_MONOTONIC_FIX: '0',
    NO_FAKE_STAT: '1',
  };
  return steppable(env, write);
}
