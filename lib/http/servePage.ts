import { wallClockMs } from '../clock.ts';
import { createRefreshingCache } from '../concurrency/refreshingCache.ts';
import { methodsOf } from '../contract/routes.ts';
import type { Poll } from '../domain/poll.ts';
import { ERRORS, type RefusalCode, UnavailableError } from '../errors.ts';
import { outages } from '../outages.ts';
import { createPage } from '../page/server/createPage.ts';
import type { RenderedPage, Rendering } from '../page/server/document.ts';
import { awayPage, missingPage } from '../page/server/missingPage.ts';
import { originsOf } from '../page/server/origins.ts';
import type { Site } from '../page/server/site.ts';
import { votePage } from '../page/server/votePage.ts';
import { wallPage } from '../page/server/wallPage.ts';
import { POLL_VIEWS } from '../page/views/pageData.ts';
import { chooseLanguage } from '../page/words/languages.ts';
import type { Database } from '../sql/database.ts';
import { findPoll } from '../sql/findPoll.ts';
import { findPollId } from '../sql/findPollId.ts';
import { acceptedType } from './mediaType.ts';
import { problem } from './problemDetails.ts';
import { type HttpEvent, type HttpResponse, revalidated } from './respond.ts';
import { unmatched } from './unmatched.ts';

export interface PageOptions {
  database: Database;
  site: Site;
  /** Of the WebSocket. */
  endpoint: string;
  publicUrl: string | undefined;
}

/** A crowd that opens a page costs one query a second. */
const POLL_CACHE = { freshMs: 1_000, refreshPatienceMs: 2_000, maxEntries: 1_000 };
const RETRY_AFTER_SECONDS = '5';
const VARY = 'Accept, Accept-Encoding, Accept-Language';

/** Browsers name HTML in `Accept`; scripts and tools, which take anything, get problem details. */
function acceptsHtml(event: HttpEvent): boolean {
  try {
    return acceptedType(event, ['application/problem+json', 'text/html']) === 'text/html';
  } catch {
    return false;
  }
}

function failed(status: number, page: RenderedPage, more: Record<string, string> = {}): HttpResponse {
  const headers = { ...page.headers, 'content-type': 'text/html; charset=utf-8', vary: VARY, ...more };
  return { statusCode: status, headers: { 'cache-control': 'no-store', ...headers }, body: page.html };
}

/** A wall or an overlay shows a poll, the others let vote. */
function renderPoll(poll: Poll, asked: string | undefined, rendering: Rendering): RenderedPage {
  const view = POLL_VIEWS.find((one) => one === asked) ?? 'vote';
  if (view === 'wall' || view === 'overlay') return wallPage(poll, view, rendering);
  return votePage(poll, view, rendering);
}

/** Without counts, also where everybody may read them: the page may come from a cache. */
function withoutCounts(poll: Poll): Poll {
  const options = poll.options.map((option) => ({ ...option, vote_count: null }));
  return { ...poll, options, total_votes: null, version: null };
}

/** Returns a function that serves the page. Its errors are pages for browsers, and problem details for all others. */
export function createPages({ database, site, endpoint, publicUrl }: PageOptions) {
  const find = createRefreshingCache(async (name) => {
    const id = await findPollId(database, name);
    return id && (await database.run((sql) => findPoll(sql, id, wallClockMs())));
  }, POLL_CACHE);

  function renderingFor({ headers, queryStringParameters: query }: HttpEvent): Rendering {
    return {
      site,
      language: chooseLanguage(query?.['lang'], headers['accept-language']),
      origins: originsOf(headers, endpoint, publicUrl),
      publicUrl: publicUrl ?? '',
    };
  }

  function notFound(event: HttpEvent, code: RefusalCode): HttpResponse {
    if (acceptsHtml(event)) return failed(404, missingPage(renderingFor(event)));
    const { status, detail } = ERRORS[code];
    return problem(status, code, detail, { headers: { vary: VARY } });
  }

  function away(event: HttpEvent, error: unknown): HttpResponse {
    if (!(error instanceof UnavailableError) || !acceptsHtml(event)) throw error;
    outages.fault('Showing polls', error);
    return failed(503, awayPage(renderingFor(event)), { 'retry-after': RETRY_AFTER_SECONDS });
  }

  function ok(event: HttpEvent, page: RenderedPage): HttpResponse {
    const headers = { ...page.headers, 'content-type': 'text/html; charset=utf-8', vary: VARY };
    return revalidated(event, { body: page.html, headers }, 'live');
  }

  return async (event: HttpEvent): Promise<HttpResponse> => {
    const { rawPath, pathParameters, queryStringParameters: query } = event;
    if (rawPath === '/') return ok(event, createPage(renderingFor(event)));
    const name = pathParameters?.['code'] ?? pathParameters?.['id'] ?? '';
    // API Gateway sends HEAD requests for the API's paths here, where they have no other route.
    if (methodsOf(rawPath).length > 0 && !methodsOf(rawPath).includes('HEAD')) return unmatched(event);
    try {
      const poll = await find(name.toUpperCase());
      if (!poll)
        return notFound(event, pathParameters?.['id'] || name.length === 6 ? 'poll_not_found' : 'not_found');
      return ok(event, renderPoll(withoutCounts(poll), query?.['view'], renderingFor(event)));
    } catch (error) {
      return away(event, error);
    }
  };
}
