import { readCode } from '../domain/pollCode.ts';

/** Every route of the API. A test compares the list with `serverless.yml`; the type makes `/openapi.json` describe
 * each one. */
export const ROUTES = [
  'POST /polls',
  'GET /polls',
  'GET /polls/{id}',
  'PATCH /polls/{id}',
  'DELETE /polls/{id}',
  'GET /polls/{id}/results',
  'POST /polls/{id}/vote',
  'GET /votes/{receipt}',
  'GET /leaderboard',
  'GET /health',
  'GET /openapi.json',
  'GET /asyncapi.json',
] as const;

export type Route = (typeof ROUTES)[number];

/** The page's routes, which answer GET with HTML and files, and are in no document. */
export const PAGE_PATHS = ['/', '/{code}', '/p/{id}', '/assets/{file}'] as const;

/** Whether a path belongs to the page. Of the paths with one segment, only codes do, so that the API may use any other
 * name later. */
function isOfPage(path: string): boolean {
  const template = PAGE_PATHS.find((one) => one === path || fits(one, path));
  return template !== undefined && (template !== '/{code}' || readCode(path.slice(1)) !== undefined);
}

/** Matches `/polls/1` with `/polls/{id}`, but not `/polls/`. */
export function fits(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]));
}

const withHead = (method: string) => (method === 'GET' ? [method, 'HEAD'] : [method]);

/** The methods of a path plus HEAD, where there is GET, and OPTIONS, for 405 responses and preflights; empty for an unknown path. */
export function methodsOf(path: string): string[] {
  const methods = ROUTES.flatMap((route) => {
    const [method = '', template = ''] = route.split(' ');
    return fits(template, path) ? withHead(method) : [];
  });
  if (methods.length === 0 && isOfPage(path)) methods.push(...withHead('GET'));
  return methods.length > 0 ? [...methods, 'OPTIONS'] : [];
}
