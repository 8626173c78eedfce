import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

type Replacement = readonly [from: string, to: string];

/** Replacements in files of postgres.js 3.4.9. Builds and commands with another version fail if one does not apply. */
const REPLACEMENTS: Record<string, readonly Replacement[]> = {
  'errors.js': [
    // The error takes its name from its class, which minification shortens to two letters. With a fixed name, logs
    // show that the error is from PostgreSQL.
    ['this.constructor.name', "'PostgresError'"],
  ],
  'connection.js': [
    // What a connection was doing ends with it. Otherwise its successor first sends what was not yet written, takes its
    // first answers for those to old queries, and leaves new ones without an answer.
    [
      '!hadError && (query || sent.length) && error(',
      'chunk = nextWriteTimer = null\n    ;(query || sent.length) && error(',
    ],
    [
      'closedTime = performance.now()\n',
      'query = results = errorResponse = null\n    result = new Result()\n    rows = 0\n    closedTime = performance.now()\n',
    ],
    // The rows of a result that an error has ended are not the first ones of the next result.
    [
      'result = new Result()\n    connectTimer.cancel()\n',
      'result = new Result()\n    rows = 0\n    connectTimer.cancel()\n',
    ],
    // Between its error and its close, a connection still gets queries, which `closed` rejects.
    [
      'try {\n      q.state = backend\n',
      'if (!socket || socket.destroyed)\n      return (sent.push(q), true)\n\n    try {\n      q.state = backend\n',
    ],
    // A login answers asynchronously, maybe after the close. Thrown here, the error would end the process.
    ['const x = socket.write(chunk, fn)', 'const x = !socket || socket.write(chunk, fn)'],
  ],
  'index.js': [
    // Later statements of a transaction whose connection was lost would run on its successor, outside of any
    // transaction.
    ['let savepoints = 0\n', 'let savepoints = 0\n      , lost\n'],
    ['connection.onclose = reject)\n      ])', 'connection.onclose = (e) => reject(lost = e))\n      ])'],
    [
      'q.catch(e => uncaughtError || (uncaughtError = e))\n',
      'q.catch(e => uncaughtError || (uncaughtError = e))\n        if (lost)\n          return q.reject(lost)\n',
    ],
  ],
};

const FILES = /node_modules\/postgres\/src\/(errors|connection|index)\.js$/;

/** Whether a file, by its path or URL, is one of those that `patchedPostgres` changes. */
export const isOfPostgres = (path: string): boolean => FILES.test(path);

/** Changes a file of the Postgres client so that the loss of a connection, at any moment, rejects its queries and
 * nothing else.
 * @throws Error if the client has another version */
export function patchedPostgres(path: string, source: string): string {
  const replacements = REPLACEMENTS[path.slice(path.lastIndexOf('/') + 1)] ?? [];
  return replacements.reduce(replaceOnce, source);
}

function replaceOnce(source: string, [from, to]: Replacement): string {
  const parts = source.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new Error(`postgres.js contains ${parts.length - 1} times what is to be replaced once: ${from}`);
}

/** Changes the Postgres client in every bundle. */
export const patchPostgres: Plugin = {
  name: 'patch-postgres',
  setup({ onLoad }) {
    onLoad({ filter: FILES }, async ({ path }) => ({
      contents: patchedPostgres(path, await readFile(path, 'utf8')),
    }));
  },
};
