import { ERRORS, type RefusalCode } from '../../errors.ts';
import { acceptedType } from '../../http/mediaType.ts';
import { problem } from '../../http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../http/respond.ts';
import { mayBeFramed } from '../views/pageData.ts';
import { chooseLanguage } from '../words/languages.ts';
import type { RenderedPage, Rendering } from './document.ts';
import { missingPage } from './missingPage.ts';
import { originsOf } from './origins.ts';
import type { Site } from './site.ts';

/** What every page is rendered with. */
export interface PageSettings {
  site: Site;
  /** The endpoint of the WebSocket. */
  endpoint: string;
  publicUrl: string | undefined;
}

const VARY = 'Accept, Accept-Encoding, Accept-Language';

export function renderingFor(
  { headers, queryStringParameters: query }: HttpEvent,
  { site, endpoint, publicUrl }: PageSettings,
): Rendering {
  return {
    site,
    language: chooseLanguage(query?.['lang'], headers['accept-language']),
    origins: originsOf(headers, endpoint, publicUrl),
    publicUrl: publicUrl ?? '',
  };
}

export const pageHeaders = ({ headers }: RenderedPage) => ({
  ...headers,
  'content-type': 'text/html; charset=utf-8',
  vary: VARY,
});

/** Browsers name HTML in `Accept`; scripts and tools, which take anything, get problem details. */
export function acceptsHtml(event: HttpEvent): boolean {
  try {
    return acceptedType(event, ['application/problem+json', 'text/html']) === 'text/html';
  } catch {
    return false;
  }
}

/** Whether the page that is asked for may be framed; then so may the one in its place. */
export const isFramable = ({ queryStringParameters: query }: HttpEvent) => mayBeFramed(query?.['view']);

export function failed(status: number, page: RenderedPage, more: Record<string, string> = {}): HttpResponse {
  const headers = { ...pageHeaders(page), 'cache-control': 'no-store', ...more };
  return { statusCode: status, headers, body: page.html };
}

/** A 404: a page with a field for another code for browsers, problem details for all others. */
export function notFound(event: HttpEvent, code: RefusalCode, settings: PageSettings): HttpResponse {
  if (acceptsHtml(event)) return failed(404, missingPage(renderingFor(event, settings), isFramable(event)));
  const { status, detail } = ERRORS[code];
  return problem(status, code, detail, { headers: { vary: VARY } });
}
