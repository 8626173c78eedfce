import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Poll } from '../../../lib/domain/poll.ts';
import { createGzip } from '../../../lib/http/gzip.ts';
import { buildPage, type PageBuild } from '../../../lib/infra/build/buildPage.ts';
import type { Rendering } from '../../../lib/page/server/document.ts';
import { html, jsonBlock, userText } from '../../../lib/page/server/html.ts';
import { missingPage } from '../../../lib/page/server/missingPage.ts';
import { originsOf } from '../../../lib/page/server/origins.ts';
import { votePage } from '../../../lib/page/server/votePage.ts';
import { wallPage } from '../../../lib/page/server/wallPage.ts';
import { chooseLanguage } from '../../../lib/page/words/languages.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';
import { pagePoll } from '../../support/page/pagePoll.ts';

let built: PageBuild;
beforeAll(async () => {
  built = await buildPage();
});

const ENDPOINT = 'http://localhost:3001';
const rendering = (host = 'polls.example:3000', proto = 'http'): Rendering => ({
  site: built.site,
  language: chooseLanguage('en', undefined),
  origins: originsOf({ host, 'x-forwarded-proto': proto }, ENDPOINT),
  publicUrl: '',
});
const HIDDEN = pagePoll([null, null]);

describe('markup', () => {
  test('never contains what users have written as markup', () => {
    const characters = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '!', '-', 'a', ' ') });
    fc.assert(
      fc.property(characters, (text) => {
        expect(userText(text).text.slice('<bdi>'.length, -'</bdi>'.length)).not.toMatch(/[<>"']/);
        expect(html`<p title="${text}">`.text.slice('<p title="'.length, -'">'.length)).not.toMatch(/["<>]/);
        expect(JSON.parse(jsonBlock('x', { text }).text.replace(/^<script[^>]*>|<\/script>$/g, ''))).toEqual({
          text,
        });
        expect(jsonBlock('x', text).text.slice(1, -'</script>'.length)).not.toContain('<');
      }),
    );
  });
});

describe('the wall page', () => {
  const rowsOf = (poll: Poll) => wallPage(poll, 'wall', rendering()).html.match(/<li>/g)?.length ?? 0;

  test('has rows without counts from the start, at most ten of many', () => {
    expect(rowsOf(HIDDEN)).toBe(2);
    expect(rowsOf(pagePoll(Array(17).fill(null)))).toBe(10);
    expect(wallPage(HIDDEN, 'wall', rendering()).html).toContain(
      '<bdi>Tea</bdi></span> <span class="count"></span>',
    );
  });

  test('has none where results are secret', () => {
    const secret = { results_visibility: 'after_close' } as const;
    expect(rowsOf(pagePoll([null, null], secret))).toBe(0);
    expect(rowsOf(pagePoll([null, null], { ...secret, status: 'closed', is_final: true }))).toBe(2);
  });
});

describe('the vote page', () => {
  test('has no counts and comes with the question, the options and preview tags first', () => {
    const { html: text } = votePage(HIDDEN, 'vote', rendering());
    expect(text).toContain('<h1 id="question"><bdi>Tea or coffee?</bdi></h1>');
    expect(text).toContain('<bdi>Coffee</bdi>');
    expect(text.indexOf('og:image')).toBeLessThan(text.indexOf('<style>'));
    expect(text).toMatch(
      /property="og:image" content="http:\/\/polls\.example:3000\/assets\/preview-\w+\.png"/,
    );
    expect(text).not.toMatch(/"vote_count":\d/);
  });

  test('may be framed only as an embed', () => {
    const policy = (view: 'vote' | 'embed') =>
      votePage(HIDDEN, view, rendering()).headers['content-security-policy'];
    expect(policy('vote')).toContain("frame-ancestors 'none'");
    expect(policy('embed')).toContain('frame-ancestors *');
  });

  test('allows no unsafe source, and connects to its own host where the endpoint is this machine', () => {
    const policy = votePage(HIDDEN, 'vote', rendering()).headers['content-security-policy'];
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("connect-src 'self' ws://polls.example:3001;");
    expect(policy).toContain("require-trusted-types-for 'script'");
  });

  test('allows the scheme of an IPv6 address, which browsers ignore in a policy', () => {
    const policy = votePage(HIDDEN, 'vote', rendering('[::1]:3000')).headers['content-security-policy'];
    expect(policy).toContain("connect-src 'self' ws:;");
  });

  test('has COOP and HSTS over https only', () => {
    const names = (proto: string) =>
      Object.keys(votePage(HIDDEN, 'vote', rendering('polls.example', proto)).headers);
    expect(names('https')).toEqual(
      expect.arrayContaining(['cross-origin-opener-policy', 'strict-transport-security']),
    );
    expect(names('http').join()).not.toMatch(/opener|transport/);
  });
});

describe('where requests go', () => {
  test.each(['a;b', 'a b', "x'y", '', 'a,b', '[::1'])('ignores the host %j', (host) => {
    const { page, live } = originsOf({ host }, ENDPOINT);
    expect({ page, live }).toEqual({ page: 'http://localhost', live: 'ws://localhost:3001' });
  });

  test('is the deployed WebSocket with its stage, and the public URL', () => {
    const headers = { host: 'abc.execute-api.example', 'x-forwarded-proto': 'https' };
    expect(originsOf(headers, 'https://ws.example/prod', 'https://polls.example/')).toEqual({
      page: 'https://polls.example',
      live: 'wss://ws.example/prod',
      isSecure: true,
    });
  });
});

test('the page for an unknown code has a field for another one', () => {
  expect(missingPage(rendering()).html).toContain('<input id="code"');
});

describe('compression', () => {
  const body = 'body '.repeat(1_000);
  const asking = (encoding: string) => httpEvent({ headers: { 'accept-encoding': encoding } });
  const answer = (text: string, etag?: string) => ({
    statusCode: 200,
    headers: etag ? { etag } : {},
    body: text,
  });

  test.each(['gzip, deflate, br', 'br;q=1, gzip;q=0.5', '*'])('answers %s with gzip', (encoding) => {
    const response = createGzip()(asking(encoding), answer(body, '"1"'));
    expect(response.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(`${gunzipSync(Buffer.from(response.body ?? '', 'base64'))}`).toBe(body);
  });

  test.each(['', 'identity', 'br', 'gzip;q=0', 'gzip;q=0, *', 'xgzip'])('answers %j as it is', (encoding) => {
    expect(createGzip()(asking(encoding), answer(body, '"1"'))).toEqual(answer(body, '"1"'));
  });

  test('never takes one answer without ETag for another', () => {
    const gzip = createGzip();
    const read = (text: string) =>
      `${gunzipSync(Buffer.from(gzip(asking('gzip'), answer(text)).body ?? '', 'base64'))}`;
    expect(read(body)).toBe(body);
    expect(read(`${body}!`)).toBe(`${body}!`);
  });
});
