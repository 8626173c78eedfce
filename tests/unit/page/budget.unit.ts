import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import type { Poll } from '../../../lib/domain/poll.ts';
import { buildPage, type PageBuild } from '../../../lib/infra/build/buildPage.ts';
import { originsOf } from '../../../lib/page/server/origins.ts';
import { votePage } from '../../../lib/page/server/votePage.ts';
import { LANGUAGES } from '../../../lib/page/words/languages.ts';
import { pagePoll } from '../../support/page/pagePoll.ts';

const KILO = 1_024;
/** What a server may send before it hears from the reader, by TCP's first window of ten segments. */
const VOTE_VIEW_BYTES = 14 * KILO;
const ALL_BYTES = 36 * KILO;

let built: PageBuild;
beforeAll(async () => {
  built = await buildPage();
});

/** As random as real ids, because zeros cost nothing when they are compressed. */
const idFor = (name: string) =>
  createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');

function realisticPoll(): Poll {
  const poll = pagePoll([null, null, null, null]);
  const options = poll.options.map((option) => ({ ...option, option_id: idFor(option.option_text) }));
  return { ...poll, id: idFor('poll'), options };
}

const compressed = (text: string | Uint8Array) => gzipSync(text).length;

test('the vote view is one response of at most 14 KB in every language', () => {
  for (const language of LANGUAGES) {
    const origins = originsOf({ host: 'polls.example' }, 'https://live.example/prod');
    const { html } = votePage(realisticPoll(), 'vote', {
      site: built.site,
      language,
      origins,
      publicUrl: '',
    });
    expect({
      tag: language.tag,
      isSmall: compressed(html) <= VOTE_VIEW_BYTES,
      bytes: compressed(html),
    }).toMatchObject({
      isSmall: true,
    });
  }
});

test('all views with the client and the QR code have at most 36 KB', () => {
  const { styles, scripts } = built.site;
  const inline = [...Object.values(styles), ...Object.values(scripts)].map(({ text }) => text);
  const loaded = [...built.assets].filter(([name]) => name.endsWith('.js')).map(([, contents]) => contents);
  const bytes = [...inline, ...loaded].reduce((sum, part) => sum + compressed(part), 0);
  expect(bytes).toBeLessThanOrEqual(ALL_BYTES);
});

test('the QR code is in no script that loads at once', () => {
  for (const metafile of [built.metafiles.vote, built.metafiles.loaded]) {
    for (const [path, { inputs }] of Object.entries(metafile.outputs)) {
      const hasQr = Object.keys(inputs).some((input) => input.includes('lean-qr'));
      expect({ path, hasQr }).toEqual({ path, hasQr: /\/qr-/.test(path) });
    }
  }
});
