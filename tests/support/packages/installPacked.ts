import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  buildClient,
  buildEventSource,
  CLIENT_PACKAGE,
  EVENT_SOURCE_PACKAGE,
} from '../../../lib/infra/build/buildPackages.ts';
import { run } from '../run.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');

export const binary = (path: string) => join(PROJECT, 'node_modules', path);

/** Builds the client and installs it into another project. */
export async function installClient(project: string): Promise<void> {
  await buildClient();
  await addTypes('lib/client');
  await installPacked(CLIENT_PACKAGE, project);
}

/** Builds the plugin of the event source and installs it into another project. */
export async function installEventSource(project: string): Promise<void> {
  await buildEventSource();
  await addTypes('lib/offline/event-source');
  await installPacked(EVENT_SOURCE_PACKAGE, project);
}

const addTypes = (folder: string) =>
  run(process.execPath, [binary('typescript/bin/tsc'), '-p', folder], PROJECT);

/** Installs a package into another project as npm packs it, with what it declares that it needs and nothing else. */
async function installPacked(folder: string, project: string): Promise<void> {
  const { name, dependencies = {}, peerDependencies = {} } = await readPackage(folder);
  const packed = await run('npm', ['pack', '--json', '--pack-destination', project, folder], PROJECT);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const target = join(project, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await run('tar', ['xzf', join(project, filename), '--strip-components=1', '-C', target], project);
  await linkModules(Object.keys({ ...dependencies, ...peerDependencies }), project);
}

/** Gives another project packages of this one. */
export async function linkModules(names: string[], project: string): Promise<void> {
  for (const name of names) {
    const link = join(project, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(binary(name), link);
  }
}

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

async function readPackage(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}
