import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { goGenerator, npmTools, pythonTools } from './tools.ts';

/** A client made from a document, with a program that walks a poll's life with it. */
export interface Walker {
  /** @returns the program's output: `walked` */
  walk(url: string): Promise<string>;
}

/** @param folder for the client, with the document in `openapi.json` */
type Maker = (folder: string) => Promise<Walker>;

const copy = (language: string, folder: string) =>
  cp(join(import.meta.dirname, language), folder, { recursive: true });

/** Makes a client with openapi-typescript and openapi-fetch, compiled strictly. */
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

/** Makes a client with openapi-python-client. */
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

/** Makes a client with OpenAPI Generator, then builds and vets it. */
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
