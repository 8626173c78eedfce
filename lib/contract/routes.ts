/** Every route. A test compares the list with `serverless.yml`; the type makes `/openapi.json` describe each
 * one. */
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

/** Matches `/polls/1` with `/polls/{id}`, but not `/polls/`. */
export function fits(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]));
}

/** The methods of a path plus OPTIONS, for 405 responses and preflights; empty for an unknown path. */
export function methodsOf(path: string): string[] {
  const methods = ROUTES.flatMap((route) => {
    const [method = '', template = ''] = route.split(' ');
    return fits(template, path) ? [method] : [];
  });
  return methods.length > 0 ? [...methods, 'OPTIONS'] : [];
}
