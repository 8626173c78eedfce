import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { UnavailableError } from '../../../lib/errors.ts';
import { buildPage, type PageBuild } from '../../../lib/infra/build/buildPage.ts';
import { createPages } from '../../../lib/page/server/servePage.ts';
import { createAssets } from '../../../lib/page/server/siteFiles.ts';
import type { Database } from '../../../lib/sql/database.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';
import { passTime } from '../../support/passTime.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

let built: PageBuild;
beforeAll(async () => {
  built = await buildPage();
});

const settings = () => ({ site: built.site, endpoint: 'http://localhost:3001', publicUrl: undefined });

/** @param find what the database does with a query */
function serve(find: () => Promise<undefined>) {
  const database = { run: find } as unknown as Database;
  return createPages({ database, ...settings() });
}
const ask = (path: string, headers: Record<string, string> = {}, query?: Record<string, string>) =>
  httpEvent({ path, headers, pathParameters: { code: path.slice(1) }, ...(query ? { query } : {}) });

const none = async () => undefined;

const away = async () => {
  throw new UnavailableError('Postgres is away.');
};

describe('while the database is away', () => {
  test('a browser gets a page that tries again', async () => {
    const { statusCode, headers, body } = await serve(away)(ask('/ABC123', BROWSER));
    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '5', 'content-type': 'text/html; charset=utf-8' });
    expect(body).toContain('http-equiv="refresh"');
  });

  test('all others get the error', async () => {
    await expect(serve(away)(ask('/ABC123', { accept: '*/*' }))).rejects.toThrow(UnavailableError);
  });

  test('the log says once that polls are not shown, and then that they are shown again', async () => {
    const printed = captureLines();
    let find: () => Promise<undefined> = away;
    const page = serve(() => find());
    await page(ask('/ABC124', BROWSER));
    find = none;
    await page(ask('/ABC124', BROWSER));
    passTime(10_000);
    await page(ask('/ABC124', BROWSER));
    jest.restoreAllMocks();
    expect(printed.map((line) => JSON.parse(line).message).slice(-1)).toEqual([
      expect.stringMatching(/^Showing polls works again/),
    ]);
    expect(printed.length).toBeLessThanOrEqual(2);
  });

  test('the start is served', async () => {
    const { statusCode, body } = await serve(away)(ask('/', BROWSER));
    expect(statusCode).toBe(200);
    expect(body).toContain('id="poll-form"');
  });
});

test.each([
  ['embed', '*'],
  ['wall', '*'],
  ['overlay', '*'],
  ['kiosk', "'none'"],
  ['vote', "'none'"],
])('in place of the view %s, errors may be framed by %s too', async (view, ancestors) => {
  for (const find of [away, none]) {
    const { headers, body } = await serve(find)(ask('/ABC123', BROWSER, { view }));
    expect(headers?.['content-security-policy']).toContain(`frame-ancestors ${ancestors};`);
    // A code would lead to the vote view, which no frame shows.
    if (find === none) expect(body?.includes('id="code-form"')).toBe(ancestors !== '*');
  }
});

test.each([
  ['/ABC123', 'poll_not_found'],
  ['/assets', 'not_found'],
  ['/nothing', 'not_found'],
])('%s is %s where there is no poll', async (path, code) => {
  const { statusCode, body } = await serve(none)(ask(path));
  expect([statusCode, JSON.parse(body ?? '')]).toMatchObject([404, { code }]);
});

describe('an asset', () => {
  const request = (file: string, headers: Record<string, string> = {}) =>
    httpEvent({ pathParameters: { file }, headers: { 'accept-encoding': 'gzip', ...headers } });

  test('is kept by browsers for a year, with its type', () => {
    const [script = ''] = [...built.assets.keys()].filter((name) => name.startsWith('wall-'));
    const serveAsset = createAssets(
      new Map([...built.assets].map(([name, one]) => [name, Buffer.from(one)])),
      settings(),
    );
    expect(serveAsset(request(script)).headers).toMatchObject({
      'content-type': 'text/javascript',
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const image = `${built.site.paths['preview.png']}`.replace('/assets/', '');
    const png = Buffer.from(serveAsset(request(image)).body ?? '', 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1_200, 630]);
  });

  test.each(['', '..', 'site.json', '__proto__', 'constructor'])(
    'named %j is not found: a page for browsers, a problem for all others',
    (name) => {
      const serveAsset = createAssets(new Map(), settings());
      const answers = [{ accept: 'text/html' }, { accept: '*/*' }, {}].map((headers) => {
        const { statusCode, headers: given } = serveAsset(request(name, headers));
        return `${statusCode} ${given?.['content-type']} ${given?.['cache-control']}`;
      });
      const problem = '404 application/problem+json no-store';
      expect(answers).toEqual(['404 text/html; charset=utf-8 no-store', problem, problem]);
    },
  );
});
