/** Every route. A test holds it to `serverless.yml`; the type makes `/openapi.json` describe each. */
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

/** Whether a path is one of a template: `/polls/1` is one of `/polls/{id}`, `/polls/` is not. */
export function fits(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]));
}

/** The methods of a path, with OPTIONS; none if there is nothing there. For the answers to other methods and
 * to a browser's preflight. */
export function methodsOf(path: string): string[] {
  const methods = ROUTES.flatMap((route) => {
    const [method = '', template = ''] = route.split(' ');
    return fits(template, path) ? [method] : [];
  });
  return methods.length > 0 ? [...methods, 'OPTIONS'] : [];
}
