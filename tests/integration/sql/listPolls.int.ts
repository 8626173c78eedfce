import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v7 } from 'uuid';
import type { Poll, PollStatus } from '../../../lib/domain/poll.ts';
import { deletePoll } from '../../../lib/sql/deletePoll.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { listPolls, type PollList } from '../../../lib/sql/listPolls.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { somePoll } from '../../support/database/polls.ts';

const HOUR_MS = 3_600_000;
const STATUSES: PollStatus[] = ['scheduled', 'open', 'closing', 'closed'];
// Cases that differ in length or by place, scripts without case, what is no letter, and what a pattern would read.
// Then what people leave out or type otherwise.
const CHARACTERS = [...'aAßẞSΣςσιİéÉдД東京猫🗳%_\\" \'-', ...'eıiｅＥøØłæŒ’“–ﬁ①ёйがｶ한مُاً'];

const questions = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 12 });
const TYPED = [
  [/ς/g, 'σ'],
  [/ø/g, 'o'],
  [/ł/g, 'l'],
  [/æ/g, 'ae'],
  [/œ/g, 'oe'],
  [/’/g, "'"],
  [/“/g, '"'],
  [/–/g, '-'],
] as const;
const fold = (text: string) => {
  const bare = text.normalize('NFKD').replace(/[\p{Mn}--[\u3099\u309a]]/gv, '');
  const folded = bare.toLowerCase().toUpperCase().toLowerCase();
  return TYPED.reduce((one, [from, to]) => one.replace(from, to), folded).normalize('NFC');
};

onEachPostgres('listed polls', (database) => {
  const now = Date.now();
  let polls: Poll[];
  const isIn = (poll: Poll, status: PollList['status']) => status === 'all' || poll.status === status;

  /** Three of each kind of times, twice over; closed before it opened is closed. */
  beforeAll(async () => {
    const { sql } = database();
    const times = [
      { opensAt: null, expiredAt: now + 1 },
      { opensAt: null, expiredAt: now },
      { opensAt: now, expiredAt: now + HOUR_MS },
      { opensAt: now + 1, expiredAt: now + HOUR_MS },
      { opensAt: now - HOUR_MS, expiredAt: now - 1 },
    ];
    const ids = [];
    for (const [at, question] of fc.sample(questions, 100).entries()) {
      const [poll, time] = [{ question, createdAt: now }, times[at % times.length]];
      ids.push((await somePoll(sql, { ...poll, ...time })).id);
      if (at % 3 === 0) await somePoll(sql, { ...poll, ...time, isListed: false });
    }
    await sql`update polls set is_final = true where upper(windows) <= ${new Date(now)} and poll_key % 2 = 0`;
    await sql`
      update polls set opens_at = ${new Date(now + HOUR_MS)} where poll_key % 7 = 0 and upper(windows) <= ${new Date(now)}`;
    const found = await Promise.all(ids.map((id) => findPoll(sql, id, now)));
    polls = found.filter((poll) => poll !== undefined);
    expect(new Set(polls.map(({ status }) => status)).size).toBe(STATUSES.length);
  });

  async function allPages(list: Omit<PollList, 'after'>): Promise<Poll[]> {
    const all: Poll[] = [];
    for (;;) {
      const page = await listPolls(database().sql, { ...list, after: all.at(-1)?.id }, now);
      expect(page.length).toBeLessThanOrEqual(list.limit);
      all.push(...page);
      if (page.length < list.limit) return all;
    }
  }

  test('are paged newest first, by status and text of the question', async () => {
    const newestFirst = polls.toSorted((one, other) => (one.id < other.id ? 1 : -1));
    const parts = fc
      .tuple(fc.nat(), fc.nat(12), fc.nat(4))
      .map(([at, from, size]) => polls[at % polls.length]?.question.slice(from, from + size) ?? '')
      .filter((text) => text.isWellFormed());
    const cases = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) => text.toLowerCase(),
    );
    const texts = fc.oneof(
      questions,
      fc.tuple(parts, cases).map(([part, turn]) => turn(part).normalize('NFC')),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...STATUSES, 'all' as const),
        texts,
        fc.integer({ min: 1, max: 30 }),
        async (status, text, limit) => {
          const expected = newestFirst.filter(
            (poll) => isIn(poll, status) && fold(poll.question).includes(fold(text)),
          );
          expect(await allPages({ status, text, limit })).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['İzmir gezisi', ['izmir', 'IZMIR', 'İZMİR', 'ızmir', 'ｉｚｍｉｒ']],
    ['Un café crème à l’Opéra – «oui»?', ['cafe', 'CAFÉ', 'cafe\u0301', "l'opera", 'a l’opéra - "oui"']],
    ['ＷＨＩＣＨ ｔｅａ', ['which', 'Tea', 'ｔＥＡ', 'h t']],
    ['Ærø, Łódź, Đà Nẵng', ['aero', 'lodz', 'da nang']],
    ['Οδός Αθηνάς ᾳ', ['οδοσ αθηνασ', 'ΑΘΗΝΑΣ Α']],
    ['مُهرجان أحمد', ['مهرجان احمد', 'مهـرجان']],
    ['ｶﾞﾗｽ か', ['ガラス']],
    ['Straße ﬁn', ['STRASSE FIN', 'straẞe']],
    ['Всё ещё', ['все еще', 'ВСЁ']],
    ['서울 여행', ['서울'.normalize('NFD')]],
  ])('are found by "%s", however it is typed', async (question, texts) => {
    const { sql } = database();
    const poll = await somePoll(sql, { question });
    for (const text of texts) {
      const found = await listPolls(sql, { status: 'open', text, after: undefined, limit: 100 }, Date.now());
      expect({ text, ids: found.map(({ id }) => id) }).toEqual({
        text,
        ids: expect.arrayContaining([poll.id]),
      });
    }
    await deletePoll(sql, poll.id);
  });

  test('are not found by a letter that marks make another', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { question: 'か は' });
    const list: PollList = { status: 'open', text: 'が', after: undefined, limit: 100 };
    expect((await listPolls(sql, list, Date.now())).map(({ id }) => id)).not.toContain(poll.id);
    await deletePoll(sql, poll.id);
  });

  test('are all listed ones of a status, or of any, if no text is given', async () => {
    for (const status of [...STATUSES, 'all' as const]) {
      const listed = await allPages({ status, text: '', limit: 7 });
      const expected = polls.filter((poll) => isIn(poll, status)).map(({ id }) => id);
      expect(listed.map(({ id }) => id)).toEqual(expected.sort().reverse());
    }
  });
});

onEachPostgres('many polls', (database) => {
  const COUNT = 20_000;

  /** What the statement reads, without the counts of what it finds. */
  async function plan(list: string): Promise<string> {
    const rows = await database().sql.unsafe(`explain ${list}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  beforeAll(async () => {
    const { sql } = database();
    const { id } = await somePoll(sql, { id: v7(), question: '東京タワー 🗳' });
    await sql`
      insert into polls (
        poll_id, option_count, max_choices, allow_change, results_visibility,
        created_at, opens_at, expired_at, windows, is_final, is_closed
      )
      select gen_random_uuid(), option_count, max_choices, allow_change,
        results_visibility, created_at, opens_at, expired_at, windows, at % 2 = 0, at % 2 = 0
      from polls, generate_series(1, ${COUNT}::integer) as at where poll_id = ${id}`;
    await sql`
      insert into questions (poll_key, question)
      select poll_key, 'Question ' || md5(poll_key::text) from polls where poll_id <> ${id}`;
    await sql`analyze polls, questions`;
  });

  test.each(['東', '東京', '🗳', '東京タワー'])('are searched for "%s" with an index', async (text) => {
    const steps = await plan(`
      select poll_id from polls join questions using (poll_key)
      where not is_final and strpos(folded_question, fold_text('${text}')) > 0
        and pieces(folded_question, 1) @> pieces(fold_text('${text}'), least(3, length(fold_text('${text}'))))
      order by poll_id desc limit 20`);
    expect(steps).toContain('questions_by_pieces');
    const list: PollList = { status: 'open', text, after: undefined, limit: 20 };
    expect(await listPolls(database().sql, list, Date.now())).toHaveLength(1);
  });

  // Those that many hold are found without the index, which is asked when too few of the newest hold a text.
  test.each(['b', 'b5', 'b52', 'b528', 'Question b', 'b5281e'])(
    'that contain "%s" are found, however many there are',
    async (text) => {
      const { sql } = database();
      const held = await sql<{ poll_id: string }[]>`
        select poll_id from polls join questions using (poll_key)
        where not is_final and question like ${`%${text}%`} order by poll_id desc limit 150`;
      const found: string[] = [];
      let page: Poll[];
      do {
        page = await listPolls(sql, { status: 'open', text, after: found.at(-1), limit: 20 }, Date.now());
        found.push(...page.map(({ id }) => id));
      } while (page.length === 20 && found.length < held.length);
      expect(found.slice(0, 150)).toEqual(held.map(({ poll_id }) => poll_id));
    },
  );

  test('are listed with an index', async () => {
    for (const [condition, index] of [
      ['not is_final', 'polls_listed'],
      ['true', 'polls_listed_of_any_status'],
    ])
      expect(
        await plan(
          `select poll_id from polls where is_listed and ${condition} order by poll_id desc limit 20`,
        ),
      ).toContain(`${index} `);
  });
});
