/** Builds one bundle for each function, the same for the emulator and AWS: `functions/http/castVote.ts` becomes
 * `.build/functions/http/castVote.mjs`. */
import { globSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { buildClient, buildEventSource } from './lib/infra/build/buildPackages.ts';
import { buildPage } from './lib/infra/build/buildPage.ts';
import { leanDependencies } from './lib/infra/build/leanDependencies.ts';
import { patchPostgres } from './lib/infra/build/patchPostgres.ts';

const ROOT = import.meta.dirname;
export const BUILD_FOLDER = resolve(ROOT, '.build');

/** Files that a function reads at run time, relative to `import.meta.url`. */
const COMPANIONS = new Map([
  ['functions/deploy/migrate', { files: 'lib/sql/migrations/*.sql', folder: 'functions/deploy/migrations' }],
]);

export interface FunctionBundle {
  /** Path without extension, such as `functions/http/castVote`. */
  name: string;
  /** All files of its package, relative to the build folder: bundle, source map, dynamic imports, companions. */
  files: string[];
}

interface Output {
  /** Relative to the build folder. */
  path: string;
  contents: Uint8Array;
}

/** esbuild's options for every bundle, including those of tests and benchmarks. */
export const bundleOptions = {
  absWorkingDir: ROOT,
  outbase: ROOT,
  outdir: BUILD_FOLDER,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Tree shaking works for the ES modules of the AWS SDK, but not for its CommonJS modules.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  // The maps contain line numbers only; with the sources, a deployment would upload three times as much.
  sourcesContent: false,
  // CommonJS dependencies (kafkajs) load Node's modules with `require`, which ES modules do not have.
  banner: { js: "import{createRequire as $cr}from'node:module';const require=$cr(import.meta.url);" },
  logLevel: 'warning',
} satisfies BuildOptions;

/** Splits the modules that this project imports with `import()` into separate bundles. Otherwise every cold start would
 * parse code that most requests never call. Such a bundle shares no module state with the function. */
function splitDynamicImports(found: Set<string>): Plugin {
  return {
    name: 'split-dynamic-imports',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, importer, resolveDir, path }) => {
        if (kind !== 'dynamic-import' || importer.includes('node_modules')) return undefined;
        const source = relative(ROOT, resolve(resolveDir, path));
        found.add(source);
        // Every function is two folders deep, so the relative path is the same for all.
        return { path: `../../${withoutExtension(source)}.mjs`, external: true };
      });
    },
  };
}

const withoutExtension = (path: string) => path.replace(/\.ts$/, '');

async function bundle(entryPoints: string[], ...more: Plugin[]) {
  const plugins = [patchPostgres, ...leanDependencies, ...more];
  const { outputFiles, metafile } = await build({ ...bundleOptions, entryPoints, plugins });
  const outputs = outputFiles.map(({ path, contents }) => ({ path: relative(BUILD_FOLDER, path), contents }));
  return { outputs, metafile };
}

/** The browser's half of the page: one file with what every page contains, and the assets. */
async function pageCompanions(): Promise<Map<string, Output[]>> {
  const { site, assets } = await buildPage();
  const folder = 'functions/page/site';
  const parts = { path: `${folder}/site.json`, contents: Buffer.from(JSON.stringify(site)) };
  const files = [...assets].map(([name, contents]) => ({ path: `${folder}/assets/${name}`, contents }));
  return new Map([
    ['functions/page/getPage', [parts]],
    ['functions/page/getAsset', [parts, ...files]],
  ]);
}

async function companionsOf(name: string): Promise<Output[]> {
  const companions = COMPANIONS.get(name);
  if (!companions) return [];
  const sources = globSync(companions.files, { cwd: ROOT }).sort();
  return Promise.all(
    sources.map(async (source) => ({
      path: `${companions.folder}/${basename(source)}`,
      contents: await readFile(resolve(ROOT, source)),
    })),
  );
}

/** Replaces files by renaming, and leaves unchanged files alone, because an emulator may be loading them. */
async function writeOutput({ path, contents }: Output): Promise<void> {
  const target = resolve(BUILD_FOLDER, path);
  const present = await readFile(target).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, target);
}

function loadedLater(name: string, { outputs }: Metafile): string[] {
  const imports = outputs[`.build/${name}.mjs`]?.imports ?? [];
  const prefix = '../../';
  return imports
    .filter(({ kind, path }) => kind === 'dynamic-import' && path.startsWith(prefix))
    .map(({ path }) => path.slice(prefix.length));
}

/** Bundles every `functions/<folder>/<name>.ts`, and what they import with `import()`, without writing them. */
export async function bundleFunctions() {
  const sources = globSync('functions/*/*.ts', { cwd: ROOT }).sort();
  const dynamic = new Set<string>();
  const functions = await bundle(sources, splitDynamicImports(dynamic));
  const later = await bundle([...dynamic].sort());
  const metafile = {
    inputs: { ...functions.metafile.inputs, ...later.metafile.inputs },
    outputs: { ...functions.metafile.outputs, ...later.metafile.outputs },
  };
  return { sources, outputs: [...functions.outputs, ...later.outputs], metafile };
}

/**
 * Builds the bundles of `bundleFunctions` into `.build`, and writes esbuild's metafile to `.build/meta.json`.
 *
 * @throws esbuild's `BuildFailure`; file and line are already printed
 */
export async function buildFunctions(): Promise<FunctionBundle[]> {
  const { sources, outputs, metafile } = await bundleFunctions();
  const companions = await pageCompanions();
  for (const name of COMPANIONS.keys()) companions.set(name, await companionsOf(name));

  const meta = { path: 'meta.json', contents: Buffer.from(JSON.stringify(metafile)) };
  // Functions of one folder share what lies beside them.
  const shared = new Map([...companions.values()].flat().map((output) => [output.path, output]));
  const beside = [...shared.values(), meta];
  await Promise.all([...outputs, ...beside].map(writeOutput));

  return sources.map(withoutExtension).map((name) => {
    const modules = [`${name}.mjs`, ...loadedLater(name, metafile)];
    const read = (companions.get(name) ?? []).map(({ path }) => path);
    return { name, files: [...modules.flatMap((path) => [path, `${path}.map`]), ...read] };
  });
}

async function report(): Promise<void> {
  const [bundles] = await Promise.all([buildFunctions(), buildClient(), buildEventSource()]);
  console.log(`Built ${bundles.length} functions into ${relative(process.cwd(), BUILD_FOLDER)}`);
}

// No top-level await: osls loads plugins with `require`, which rejects modules that use it.
if (import.meta.main) void report();
