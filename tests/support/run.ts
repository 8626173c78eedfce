import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Less than the tests have, so that none leaves a process behind. */
const LIMIT_MS = 240_000;

const MAX_OUTPUT_BYTES = 16 * 1_048_576;

/** Runs a program to its end and gives all that it printed. @throws Error with it if the program fails */
export async function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}) {
  try {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: MAX_OUTPUT_BYTES, timeout: LIMIT_MS };
    const { stdout, stderr } = await execute(command, args, options);
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
