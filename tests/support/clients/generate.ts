import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goGenerator, npmTools, pythonTools } from './tools.ts';

const execute = promisify(execFile);

/** Less than the tests have, so that none leaves a process behind. */
const LIMIT_MS = 240_000;

const MAX_OUTPUT_BYTES = 16 * 1_048_576;

/** Runs a program to its end and returns its output. @throws Error with the output if the program fails */
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

/** A client made from a document, with a program that walks a poll's life with it. */
export interface Walker {
  /** @returns the program's output: `walked` */
  walk(url: string): Promise<string>;
}

/** @param folder for the client, with the document in `openapi.json` */
type Maker = (folder: string) => Promise<Walker>;

const copy = (language: string, folder: string) =>
  cp(join(import.meta.dirname, language), folder, { recursive: true });

/** With openapi-typescript and openapi-fetch; compiled strictly. */
export const makeTypeScriptClient: Maker = async (folder) => {
  const modules = join(await npmTools(), 'node_modules');
  await copy('typescript', folder);
  await symlink(modules, join(folder, 'node_modules'));
  await run(
    process.execPath,
    [join(modules, 'openapi-typescript/bin/cli.js'), 'openapi.json', '-o', 'api.d.ts'],
    folder,
  );
  await run(process.execPath, [join(modules, 'typescript/bin/tsc'), '--project', folder], folder);
  return { walk: (url) => run(process.execPath, ['walk.js', url], folder) };
};

/** With openapi-python-client. */
export const makePythonClient: Maker = async (folder) => {
  const env = { PYTHONPATH: await pythonTools() };
  await copy('python', folder);
  const args = [
    '--path',
    'openapi.json',
    '--output-path',
    'polls',
    '--meta',
    'none',
    '--config',
    'config.yml',
  ];
  await run(
    'python3',
    ['-m', 'openapi_python_client', 'generate', ...args, '--fail-on-warning'],
    folder,
    env,
  );
  return { walk: (url) => run('python3', ['walk.py', url], folder, env) };
};

/** With OpenAPI Generator; built and vetted. */
export const makeGoClient: Maker = async (folder) => {
  const [java, ...generator] = await goGenerator();
  await copy('go', folder);
  await mkdir(join(folder, 'polls'));
  const properties = ['--additional-properties', 'packageName=polls,withGoMod=false'];
  const without = [
    '--global-property',
    'apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false',
  ];
  const args = ['generate', '-g', 'go', '-i', 'openapi.json', '-o', 'polls', ...properties, ...without];
  await run(java, [...generator, ...args], folder);
  await writeFile(join(folder, 'go.mod'), 'module example.com\n\ngo 1.21\n');
  // As the emulator of Lambda is built, so that both share what Go has compiled.
  const env = { CGO_ENABLED: '0' };
  await run('go', ['vet', './...'], folder, env);
  await run('go', ['build', '-o', 'walk', '.'], folder, env);
  return { walk: (url) => run(join(folder, 'walk'), [url], folder) };
};
