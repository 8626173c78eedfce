import { createRefreshingCache } from '../../concurrency/refreshingCache.ts';
import { PAGE_PATHS } from '../../contract/routes.ts';
import type { Poll } from '../../domain/poll.ts';
import { UnavailableError } from '../../errors.ts';
import { type HttpEvent, type HttpResponse, revalidated } from '../../http/respond.ts';
import { outages } from '../../outages.ts';
import type { Database } from '../../sql/database.ts';
import { findPoll } from '../../sql/findPoll.ts';
import { findPollId } from '../../sql/findPollId.ts';
import { POLL_VIEWS } from '../views/pageData.ts';
import { createPage } from './createPage.ts';
import type { RenderedPage, Rendering } from './document.ts';
import { awayPage } from './missingPage.ts';
import {
  acceptsHtml,
  failed,
  isFramable,
  notFound,
  type PageSettings,
  pageHeaders,
  renderingFor,
} from './pageErrors.ts';
import { votePage } from './votePage.ts';
import { wallPage } from './wallPage.ts';

export interface PageOptions extends PageSettings {
  database: Database;
}

/** A crowd that opens a page costs one query a second. */
const POLL_CACHE = { freshMs: 1_000, refreshTimeoutMs: 2_000, maxEntries: 1_000 };
const RETRY_AFTER_SECONDS = '5';

const WHAT = 'Showing polls';

/** A wall or an overlay only shows a poll; the other views take votes. */
function renderPoll(poll: Poll, asked: string | undefined, rendering: Rendering): RenderedPage {
  const view = POLL_VIEWS.find((one) => one === asked) ?? 'vote';
  if (view === 'wall' || view === 'overlay') return wallPage(poll, view, rendering);
  return votePage(poll, view, rendering);
}

/** `/assets`, which could be a code too; the emulator drops the slash at its end. */
const isFolder = (path: string) => PAGE_PATHS.some((one) => one.startsWith(`${path}/`));

/** Without counts, also where everybody may read them: the page may come from a cache. */
function withoutCounts(poll: Poll): Poll {
  const options = poll.options.map((option) => ({ ...option, vote_count: null }));
  return { ...poll, options, total_votes: null, version: null };
}

/** Returns a function that serves the page. Its errors are pages for browsers, and problem details for all others. */
export function createPages({ database, ...settings }: PageOptions) {
  const find = createRefreshingCache(async (name) => {
    const id = await findPollId(database, name);
    return id && (await database.run((sql) => findPoll(sql, id)));
  }, POLL_CACHE);
  const rendering = (event: HttpEvent) => renderingFor(event, settings);

  function away(event: HttpEvent, error: unknown): HttpResponse {
    if (!(error instanceof UnavailableError) || !acceptsHtml(event)) throw error;
    outages.fault(WHAT, error);
    return failed(503, awayPage(rendering(event), isFramable(event)), { 'retry-after': RETRY_AFTER_SECONDS });
  }

  const ok = (event: HttpEvent, page: RenderedPage) =>
    revalidated(event, { body: page.html, headers: pageHeaders(page) }, 'live');

  return async (event: HttpEvent): Promise<HttpResponse> => {
    const { rawPath, pathParameters, queryStringParameters: query } = event;
    if (rawPath === '/') return ok(event, createPage(rendering(event)));
    const name = pathParameters?.['code'] ?? pathParameters?.['id'] ?? '';
    try {
      const poll = await find(name.toUpperCase());
      outages.successOfOne(WHAT);
      const isName = !isFolder(rawPath) && (pathParameters?.['id'] || name.length === 6);
      if (!poll) return notFound(event, isName ? 'poll_not_found' : 'not_found', settings);
      return ok(event, renderPoll(withoutCounts(poll), query?.['view'], rendering(event)));
    } catch (error) {
      return away(event, error);
    }
  };
}
