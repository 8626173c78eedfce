import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { errorCode } from '../../errors.ts';

const FOLDER = resolve(import.meta.dirname, '../stages');

/** Accepts changes that the guard refuses, for one deployment. Only on the command line: in a stage's file it would
 * stay in force. */
export const ACCEPT_CHANGES = 'acceptChanges';

/** A value that osls must not deploy. osls prints an error's stack where there is one. */
class StageError extends Error {
  override readonly name = 'StageError';
  override readonly stack = '';
}

/** @param names of all parameters
 * @returns a stage's values as text, as CloudFormation takes them; none if the stage has no file
 * @throws StageError that names the file and the parameter, if there is no such parameter or it is no plain value */
export function readStageFile(stage: string, names: string[], folder = FOLDER): Record<string, string> {
  const file = resolve(folder, `${stage}.yml`);
  const values: unknown = parse(readIfPresent(file)) ?? {};
  const shown = relative(process.cwd(), file);
  if (typeof values !== 'object' || Array.isArray(values))
    throw new StageError(`${shown} must hold lines such as "tickMs: 250".`);
  return Object.fromEntries(
    Object.entries(values as object).map(([name, value]) => {
      requireName(name, names, shown);
      return [name, textOf(value, `${shown}: ${name}`)];
    }),
  );
}

/** Checks `--param="name=value"`, which osls ignores if nothing reads the name.
 * @throws StageError */
export function checkCommandLine(given: string[], names: string[]): void {
  for (const one of given) {
    const [name = ''] = one.split('=');
    requireName(name, [...names, ACCEPT_CHANGES], '--param');
  }
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function requireName(name: string, names: string[], where: string): void {
  if (names.includes(name)) return;
  const close = names.find((one) => one.toLowerCase() === name.toLowerCase());
  const hint = close ? ` Its name is ${close}.` : ' lib/infra/parameters/parameters.js lists them.';
  throw new StageError(`${where}: there is no parameter ${name}.${hint}`);
}

function textOf(value: unknown, where: string): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map((one) => textOf(one, where)).join(',');
  if (typeof value !== 'object') return String(value);
  throw new StageError(`${where} must be text, a number, true, false, or a list of them.`);
}
