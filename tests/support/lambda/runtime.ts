import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** AWS's own programs that run a function as Lambda does. */
export interface LambdaRuntime {
  /** The runtime interface emulator: it keeps the environment's life cycle and the time limit. */
  emulator: string;
  /** The runtime interface client for Node.js: what loads a handler and calls it. */
  client: string;
}

const EMULATOR_MODULE = 'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie';
const EMULATOR_VERSION = 'v0.0.0-20261030222936-bef5c4ba774d';
const CLIENT = { name: 'aws-lambda-ric', version: '4.0.2' };
const CLIENT_SHA512 =
  'FE5Vskx7mYNnqAnWWJXUOsLp2VGgdsJsCoRLFTa8L4Yk0QVtArqR8q58yPA++QC1a73ZWJXBQ2AH31nIAv7NOQ==';

/** Shared by all runs, like Kafka's jars. Another version of either has a folder of its own. */
const FOLDER = resolve(
  import.meta.dirname,
  `../../../.poleparty/lambda-${EMULATOR_VERSION.slice(-12)}-${CLIENT.version}`,
);

const run = promisify(execFile);

/** From this minor version on, Go fetches the one that a module asks for. */
const MIN_GO_MINOR = 21;

/** Whether this machine has the emulator, or the Go to build it with. */
export function hasLambdaRuntime(): boolean {
  if (existsSync(FOLDER)) return true;
  const { stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  return Number(/ go1\.(\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= MIN_GO_MINOR;
}

/** Builds both at the first call on a machine, which takes a minute. */
export async function lambdaRuntime(): Promise<LambdaRuntime> {
  if (!existsSync(FOLDER)) await makeFolder();
  return { emulator: join(FOLDER, 'aws-lambda-rie'), client: join(FOLDER, 'package/index.mjs') };
}

/** Fills a folder under another name and renames it, so that it is complete or absent. */
async function makeFolder(): Promise<void> {
  await mkdir(resolve(FOLDER, '..'), { recursive: true });
  const unfinished = await mkdtemp(`${FOLDER}-`);
  try {
    await Promise.all([buildEmulator(unfinished), fetchClient(unfinished)]);
    await rename(unfinished, FOLDER).catch((error) => {
      if (!existsSync(FOLDER)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function buildEmulator(folder: string): Promise<void> {
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '0' };
  await run('go', ['install', `${EMULATOR_MODULE}@${EMULATOR_VERSION}`], { env });
}

/** Does not use `npm install`, which would compile the package's addon; the package is no dependency of anything here. */
async function fetchClient(folder: string): Promise<void> {
  await run('npm', ['pack', `${CLIENT.name}@${CLIENT.version}`, '--pack-destination', folder]);
  const archive = join(folder, `${CLIENT.name}-${CLIENT.version}.tgz`);
  const sha512 = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (sha512 !== CLIENT_SHA512) throw new Error(`${CLIENT.name} is another one than expected: ${sha512}`);
  await run('tar', ['-xzf', archive, '-C', folder]);
  // Where the client looks for `./rapid-client.node` and does not find it, Node tries this name.
  const ours = JSON.stringify(join(import.meta.dirname, 'runtimeApiClient.ts'));
  await writeFile(join(folder, 'package/rapid-client.node.js'), `export * from ${ours};\n`);
}
