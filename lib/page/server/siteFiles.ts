import { readdirSync, readFileSync } from 'node:fs';
import { createGzip } from '../../http/gzip.ts';
import type { HttpEvent, HttpResponse } from '../../http/respond.ts';
import { notFound, type PageSettings } from './pageErrors.ts';
import type { Site } from './site.ts';

/** The build puts the browser's half of the page beside the functions. */
const FOLDER = './site/';

/** @param functionUrl `import.meta.url` of the function */
export function readSite(functionUrl: string): Site {
  return JSON.parse(readFileSync(new URL(`${FOLDER}site.json`, functionUrl), 'utf8'));
}

/** @returns the files by name */
export function readAssets(functionUrl: string): Map<string, Buffer> {
  const folder = new URL(`${FOLDER}assets/`, functionUrl);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder))]));
}

const TYPES: Record<string, string> = {
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  png: 'image/png',
};
const YEAR_SECONDS = 31_536_000;

/** Returns a function that serves files whose names change with their contents, so that browsers keep them. */
export function createAssets(files: Map<string, Buffer>, settings: PageSettings) {
  const gzip = createGzip();
  return (event: HttpEvent): HttpResponse => {
    const name = event.pathParameters?.['file'] ?? '';
    const contents = files.get(name);
    if (!contents) return gzip(event, notFound(event, 'not_found', settings));
    const headers = {
      'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
      vary: 'Accept-Encoding',
      etag: `W/"${name}"`,
    };
    if (/\.(css|js|json)$/.test(name))
      return gzip(event, { statusCode: 200, headers, body: contents.toString() });
    return { statusCode: 200, headers, body: contents.toString('base64'), isBase64Encoded: true };
  };
}
