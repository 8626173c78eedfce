import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '../../../lib/offline/servers/cachedFolder.ts';
import { kafkaJars } from '../../../lib/offline/servers/kafkaJars.ts';
import { provideJava } from '../../../lib/offline/servers/provideJava.ts';

const run = promisify(execFile);

/** Shared by all runs, like Kafka's jars. */
const CACHE = resolve(import.meta.dirname, '../../../.poleparty');

const GENERATOR = 'openapi-generator-7.25.0';

const here = (...names: string[]) => join(import.meta.dirname, ...names);

/** A folder for the packages of a list; each list has its own. */
async function folderFor(name: string, list: string, fill: (folder: string) => Promise<unknown>) {
  const version = createHash('sha256')
    .update(await readFile(list))
    .digest('hex')
    .slice(0, 12);
  return cachedFolder(CACHE, `${name}-${version}`, async (folder) => {
    await fill(folder);
  });
}

/** The folder of `node_modules` with the linters and the generator for TypeScript; downloaded at the first call. */
export function npmTools(): Promise<string> {
  return folderFor('api-tools', here('npm/package-lock.json'), async (folder) => {
    for (const name of ['package.json', 'package-lock.json']) {
      await copyFile(here('npm', name), join(folder, name));
    }
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  });
}

/** What to set PYTHONPATH to for packages of a list; downloaded at the first call. */
export function pythonPackages(name: string, list: string): Promise<string> {
  return folderFor(name, list, (folder) => {
    const packages = ['-r', list, '--no-deps'];
    return run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-cache-dir',
      '--target',
      folder,
      ...packages,
    ]);
  });
}

/** What to set PYTHONPATH to for the generator for Python and for Schemathesis. */
export const pythonTools = () => pythonPackages('api-python', here('python-requirements.txt'));

/** How to call the generator for Go; downloaded at the first call. */
export async function goGenerator(): Promise<[java: string, ...args: string[]]> {
  const jars = await kafkaJars(CACHE, { list: here(`${GENERATOR}.sha256`) });
  return [await provideJava(CACHE), '-cp', join(jars, '*'), 'org.openapitools.codegen.OpenAPIGenerator'];
}

const MIN_GO_MINOR = 21;

export function hasGo(): boolean {
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  return Number(/ go1\.(\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= MIN_GO_MINOR;
}

/** Whether there is a Python that the tools run on, with pip. */
export function hasPython(): boolean {
  const script = 'import sys, pip; sys.exit(sys.version_info < (3, 11))';
  return spawnSync('python3', ['-c', script]).status === 0;
}
