import { copyFile, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../../..');

/** The folders to `npm pack`. `tsc -p` in the folders of the sources adds the types. */
export const CLIENT_PACKAGE = resolve(ROOT, '.build/client');
export const EVENT_SOURCE_PACKAGE = resolve(ROOT, '.build/event-source');

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  logLevel: 'warning',
} satisfies BuildOptions;

/** Builds the typed client: one file for bundlers and for web pages. */
export async function buildClient(): Promise<void> {
  await Promise.all([
    build({
      ...common,
      entryPoints: ['lib/client/index.ts'],
      outfile: resolve(CLIENT_PACKAGE, 'client.mjs'),
      platform: 'browser',
      target: ['chrome103', 'safari15.4', 'firefox102'],
      minify: true,
    }),
    copyPapers('lib/client', CLIENT_PACKAGE),
  ]);
}

/** Builds the Serverless plugin: Node runs no TypeScript in `node_modules`. It takes in the patches of KafkaJS, and
 * leaves out what its package.json declares. */
export async function buildEventSource(): Promise<void> {
  await Promise.all([
    build({
      ...common,
      entryPoints: ['lib/offline/event-source/plugin.ts', 'lib/offline/event-source/thread.ts'],
      outdir: EVENT_SOURCE_PACKAGE,
      outExtension: { '.js': '.mjs' },
      platform: 'node',
      target: 'node24',
      packages: 'external',
    }),
    copyPapers('lib/offline/event-source', EVENT_SOURCE_PACKAGE),
  ]);
}

async function copyPapers(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const papers = [`${source}/README.md`, `${source}/package.json`, 'LICENSE'];
  await Promise.all(
    papers.map((paper) =>
      copyFile(resolve(ROOT, paper), resolve(target, paper.slice(paper.lastIndexOf('/') + 1))),
    ),
  );
}
