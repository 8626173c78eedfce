/** Serverless plugin: builds the functions before packaging and local runs. Each function's package contains its own
 * bundle only; osls would zip the whole project. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { BUILD_FOLDER, buildFunctions, type FunctionBundle } from '../../../esbuild.config.ts';
import { forServerless, type ServerlessClasses, startFault } from '../../startFault.ts';

interface FunctionDefinition {
  handler: string;
  package?: { artifact?: string };
}

interface Serverless {
  serviceDir: string;
  service: { functions: Record<string, FunctionDefinition> };
  classes: ServerlessClasses;
}

/** A fixed file time: equal files then give an equal hash, and nothing is redeployed. */
const FILE_TIME = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE_BY_ALL = 0o644;

export default class BundlePlugin {
  readonly hooks: Record<string, () => Promise<unknown>>;
  readonly #serverless: Serverless;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.#package(),
      'before:package:function:package': () => this.#package(),
      'before:offline:start:init': () => this.#build(),
    };
  }

  /** After a start as root, for example, the build folder cannot be written. */
  async #bundle(): Promise<FunctionBundle[]> {
    try {
      return await buildFunctions();
    } catch (error) {
      const fault = startFault(error, BUILD_FOLDER, 'move the project to another folder');
      throw forServerless(fault, this.#serverless.classes);
    }
  }

  async #build(): Promise<Map<string, FunctionBundle>> {
    const bundles = new Map((await this.#bundle()).map((bundle) => [bundle.name, bundle]));
    for (const { handler } of Object.values(this.#serverless.service.functions)) {
      if (bundles.has(nameOf(handler))) continue;
      const message = `serverless.yml refers to the handler ${handler}, but ${nameOf(handler)}.ts does not exist.`;
      throw new this.#serverless.classes.Error(message, 'HANDLER_MISSING');
    }
    return bundles;
  }

  async #package(): Promise<void> {
    const bundles = await this.#build();
    const folder = join(this.#serverless.serviceDir, '.serverless');
    await mkdir(folder, { recursive: true });
    for (const [name, definition] of Object.entries(this.#serverless.service.functions)) {
      const artifact = join(folder, `${name}.zip`);
      await writeFile(artifact, await zipped(bundles.get(nameOf(definition.handler))?.files ?? []));
      definition.package = { ...definition.package, artifact };
    }
  }
}

function nameOf(handler: string): string {
  return handler.replace(/\.\w+$/, '');
}

async function zipped(files: string[]): Promise<Uint8Array> {
  const entries: Zippable = {};
  for (const file of files) {
    const contents = await readFile(join(BUILD_FOLDER, file));
    entries[file] = [contents, { os: UNIX, attrs: READABLE_BY_ALL << 16, mtime: FILE_TIME }];
  }
  return zipSync(entries, { level: 9 });
}
