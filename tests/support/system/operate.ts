import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const PROJECT = resolve(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(resolve(PROJECT, 'package.json'), 'utf8'));

export interface Operated {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command behind `npm run <name> -- <args>`, without a terminal.
 * @param env the variables that tell the command where the servers are */
export async function operate(name: string, args: string[], env: Record<string, string>): Promise<Operated> {
  const [, ...command] = scripts[name].split(' ');
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = await once(child, 'close');
  const [stdout, stderr] = await said;
  return { exitCode, stdout, stderr };
}
