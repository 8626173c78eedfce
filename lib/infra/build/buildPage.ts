import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import type { Inline, Site } from '../../page/server/site.ts';
import { LANGUAGES } from '../../page/words/languages.ts';
import { previewImage } from './previewImage.ts';

const PAGE = resolve(import.meta.dirname, '../../page');

/** Scripts of pages other than the vote view, and scripts loaded on demand. They share code in chunks. */
const LOADED = ['code', 'create', 'kiosk', 'manage', 'qr', 'wall'];
const STYLES = ['vote', 'create', 'wall'];
/** A style that is loaded on demand. */
const OWNERS_STYLE = 'owner';
const HASH_CHARACTERS = 8;

/** What stands in place of files of the client. */
const STAND_INS: Record<string, string> = {
  boardState: 'export const noBoard = {}; export const nextBoard = (state) => state;',
  callsOfAllPolls: 'export const callsOfAllPolls = () => {};',
};

export interface PageBuild {
  site: Site;
  /** The files behind `/assets/`, by name. */
  assets: Map<string, Uint8Array>;
  /** esbuild's, for the budgets. */
  metafiles: { vote: Metafile; loaded: Metafile };
}

const options = {
  absWorkingDir: resolve(PAGE, '../..'),
  bundle: true,
  write: false,
  metafile: true,
  minify: true,
  charset: 'utf8',
  format: 'esm',
  platform: 'browser',
  target: ['chrome103', 'safari15.4', 'firefox102'],
  // The page uses the client as everybody does: by the name and the interface of its package.
  alias: { 'poleparty-client': resolve(PAGE, '../client/index.ts') },
  logLevel: 'warning',
} satisfies BuildOptions;

const digest = (contents: string | Uint8Array) => createHash('sha256').update(contents);

function inline(text: string): Inline {
  return { text, hash: `sha256-${digest(text).digest('base64')}` };
}

const source = (folder: string, kind: string) => (name: string) => resolve(PAGE, folder, `${name}.${kind}`);

async function buildStyles(): Promise<{ styles: Site['styles']; owners: Uint8Array }> {
  const entryPoints = [...STYLES, OWNERS_STYLE].map(source('style', 'css'));
  const { outputFiles } = await build({ ...options, entryPoints, outdir: '/' });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path, '.css'), text.trim()]));
  const styles = STYLES.map((name) => [name, inline(texts.get(name) ?? '')] as const);
  return { styles: Object.fromEntries(styles), owners: Buffer.from(texts.get(OWNERS_STYLE) ?? '') };
}

/** Leaves out the parts of the client that are not about one poll, 300 bytes of the vote view's one response. */
const onePoll: Plugin = {
  name: 'one-poll',
  setup({ onLoad }) {
    for (const [file, contents] of Object.entries(STAND_INS))
      onLoad({ filter: new RegExp(`/client/${file}\\.ts$`) }, () => ({ contents }));
  },
};

/** The vote view's script is in the page, so it is one file; the others have hashed names and are kept by browsers. */
async function buildScripts() {
  const [vote, loaded] = await Promise.all([
    build({ ...options, entryPoints: [source('browser', 'ts')('vote')], outdir: '/', plugins: [onePoll] }),
    build({
      ...options,
      entryPoints: LOADED.map(source('browser', 'ts')),
      outdir: '/',
      splitting: true,
      entryNames: '[name]-[hash]',
      chunkNames: 'shared-[hash]',
    }),
  ]);
  return { vote, loaded };
}

type NamedFile = [name: string, file: string, contents: Uint8Array];

function hashed(name: string, extension: string, contents: Uint8Array): NamedFile {
  const hash = digest(contents).digest('hex').slice(0, HASH_CHARACTERS);
  return [`${name}.${extension}`, `${name}-${hash}.${extension}`, contents];
}

/** The owner's texts are in no page: only owners load them, each in one language. */
const ownersWords = () =>
  LANGUAGES.map(({ tag, words }) =>
    hashed(`manage.${tag}`, 'json', Buffer.from(JSON.stringify(words.manage))),
  );

/** Builds the browser's half of the page. The server's half is part of the functions. */
export async function buildPage(): Promise<PageBuild> {
  const [{ styles, owners }, { vote, loaded }] = await Promise.all([buildStyles(), buildScripts()]);
  const scripts = loaded.outputFiles.map(({ path, contents }): NamedFile => {
    const file = basename(path);
    return [file.replace(/-\w+\.js$/, ''), file, contents];
  });
  const files = [
    ...scripts,
    hashed('preview', 'png', previewImage()),
    hashed(OWNERS_STYLE, 'css', owners),
    ...ownersWords(),
  ];
  const assets = new Map(files.map(([, file, contents]) => [file, contents]));
  const paths = Object.fromEntries(files.map(([name, file]) => [name, `/assets/${file}`]));
  const site = { styles, scripts: { vote: inline(vote.outputFiles[0]?.text.trim() ?? '') }, paths };
  return { site, assets, metafiles: { vote: vote.metafile, loaded: loaded.metafile } };
}
