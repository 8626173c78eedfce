/** Packs the functions of this checkout, for tests of the release that follows:
 *
 *     node tests/support/previous-release/pack.ts
 *
 * All functions are in one bundle, so that they share their dependencies: 0.2 MB, not 5. */
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { bundleOptions } from '../../../esbuild.config.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MIGRATIONS = join(ROOT, 'lib/sql/migrations');
export const PACKED = join(import.meta.dirname, 'functions.json.br');

/** The folders of functions that need no files of the page. */
const FOLDERS = '{deploy,http,kafka,schedule,websocket}';

async function bundleAll(): Promise<string> {
  const sources = globSync(`functions/${FOLDERS}/*.ts`, { cwd: ROOT }).sort();
  const lines = sources.map((path) => `export { handler as ${basename(path, '.ts')} } from './${path}';`);
  const stdin = { contents: lines.join('\n'), resolveDir: ROOT };
  const { outputFiles } = await build({ ...bundleOptions, stdin, sourcemap: false, metafile: false });
  return outputFiles[0]?.text ?? '';
}

async function pack(): Promise<void> {
  const files: Record<string, string> = { 'functions.mjs': await bundleAll() };
  for (const name of readdirSync(MIGRATIONS).sort()) {
    files[`migrations/${name}`] = readFileSync(join(MIGRATIONS, name), 'utf8');
  }
  const text = Buffer.from(JSON.stringify(files));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  const packed = brotliCompressSync(text, { params });
  writeFileSync(PACKED, packed);
  console.log(`Packed ${Object.keys(files).length} files into ${PACKED}, ${packed.length} bytes.`);
}

if (import.meta.main) await pack();
