import { expect, test } from '@jest/globals';
import { findPoll, findPollRules } from '../../../lib/sql/findPoll.ts';
import { findPollId } from '../../../lib/sql/findPollId.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../../lib/sql/voteFacts.ts';
import { databaseOn } from '../../support/database/databaseOn.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';

const NO_POLL = '00000000-0000-7000-8000-000000000000';
const AWKWARD = ['NULL', '{"a",b}', `\\ ' " %s $1`, '🗳️ é', 'null'];

onEachPostgres('polls', (database) => {
  test('are read as they were stored, whatever their texts', async () => {
    const { sql } = database();
    const options = AWKWARD.map((text, at) => ({ id: `01890000-0000-7000-8000-00000000000${at}`, text }));
    const opensAt = Date.now() + 1_000;
    const poll = await somePoll(sql, { options, question: AWKWARD.join(), opensAt, maxChoices: 2 });
    const iso = (time: number) => new Date(time).toISOString();
    expect(await findPoll(sql, poll.id, opensAt - 1)).toEqual({
      id: poll.id,
      code: poll.code,
      question: AWKWARD.join(),
      status: 'scheduled',
      options: options.map(({ id, text }, position) => ({
        option_id: id,
        option_text: text,
        position,
        vote_count: 0,
      })),
      total_votes: 0,
      max_choices: 2,
      allow_change: false,
      results_visibility: 'always',
      listed: true,
      created_at: iso(poll.createdAt),
      opens_at: iso(opensAt),
      expired_at: iso(poll.expiredAt),
      closed_at: null,
      is_final: false,
      version: 1,
    });
  });

  test('that do not exist are not found', async () => {
    const { sql } = database();
    expect(await findPoll(sql, NO_POLL, Date.now())).toBeUndefined();
    expect(await findPollRules(sql, NO_POLL)).toBeUndefined();
  });

  test('are found by id or by code, as people type it', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { code: '0A1B2C' });
    const find = (name: string) => findPollId(databaseOn(sql), name);
    for (const name of [poll.id, poll.id.toUpperCase(), '0A1B2C', 'oaib2c', 'Oalb2c'])
      expect(await find(name)).toBe(poll.id);
    for (const name of ['0A1B2D', '0A1B2', '0A1B2CC', 'UA1B2C', '0A1B2é', '', 'nonsense'])
      expect(await find(name)).toBeUndefined();
  });

  test('keep their rules: options by position, and voting times', async () => {
    const { sql } = database();
    const opensAt = Date.now();
    const [now, later] = [await somePoll(sql, { allowChange: true }), await somePoll(sql, { opensAt })];
    expect(await findPollRules(sql, now.id)).toEqual({
      windows: [{ start: Number.NEGATIVE_INFINITY, end: now.expiredAt }],
      isClosed: false,
      optionIds: now.options.map(({ id }) => id),
      maxChoices: 1,
      allowChange: true,
      wording: 0,
      readAt: expect.any(Number),
    });
    const rules = await findPollRules(sql, later.id);
    expect(rules?.windows).toEqual([{ start: opensAt, end: later.expiredAt }]);
  });

  test('that were reopened have several voting times, in order', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    const [again, end] = [poll.expiredAt + 1_000, poll.expiredAt + 2_000];
    await sql`
      update polls set
        windows = windows + tstzmultirange(tstzrange(${new Date(again)}, ${new Date(end)})),
        windows_from = ${new Date(again)}
      where poll_id = ${poll.id}`;
    expect((await findPollRules(sql, poll.id))?.windows).toEqual([
      { start: Number.NEGATIVE_INFINITY, end: poll.expiredAt },
      { start: again, end },
    ]);
  });
});

onEachPostgres('the facts about a vote', (database) => {
  test('of a deleted poll do not exist', async () => {
    const { sql } = database();
    const vote = { pollId: NO_POLL, voterKey: 'a'.repeat(32), partition: 99 };
    expect(await findVoteFacts(sql, [vote])).toEqual([{ poll: null, standing: null, progress: null }]);
  });

  test('are its poll, the current ballot and the progress of its partition', async () => {
    const { sql } = database();
    const [fixed, changeable] = [await somePoll(sql), await somePoll(sql, { allowChange: true })];
    const ballots = [someBallot(fixed), someBallot(changeable)] as const;
    await tallyBallots(sql, batchOf([...ballots], 3));
    const votes = ballots.map(({ pollId, voterKey }) => ({ pollId, voterKey, partition: 3 }));
    const [ofFixed, ofChangeable] = await findVoteFacts(sql, votes);
    const [{ acceptedAt }, { acceptedAt: changeableAt, appendTime, offset }] = ballots;
    const windows = [{ start: Number.NEGATIVE_INFINITY, end: fixed.expiredAt }];
    expect(ofFixed).toEqual({
      poll: { windows, allowChange: false, isFinal: false, wording: 0, countsFrom: null },
      standing: { acceptedAt },
      progress: { appendTime, offset },
    });
    expect(ofChangeable?.standing).toEqual({ acceptedAt: changeableAt });
  });
});
