import { beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import { whenVotesAreTaken } from '../../../lib/domain/ballot.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import type { PollChanges } from '../../../lib/domain/pollChanges.ts';
import { LEAD_MS } from '../../../lib/domain/votingWindows.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { announceStates } from '../../../lib/sql/announcements.ts';
import { readLeaderboard } from '../../../lib/sql/boards.ts';
import type { AnySql } from '../../../lib/sql/client.ts';
import { findChangeablePoll } from '../../../lib/sql/findChangeablePoll.ts';
import { findPoll, findPollRules } from '../../../lib/sql/findPoll.ts';
import { listPolls } from '../../../lib/sql/listPolls.ts';
import { closeEndedPolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, type LoggedBallot, someBallot, somePoll } from '../../support/database/polls.ts';
import { untilLockIsAwaited } from '../../support/database/untilLockIsAwaited.ts';

const HOUR_MS = 3_600_000;
const HELD_MS = 2_000;

onEachPostgres('a change of the times of a poll', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  const close: PollChanges = { closed: true };
  const reopen = (): PollChanges => ({ expired_at: Date.now() + HOUR_MS });
  const change = async (poll: NewPoll, changes: PollChanges) =>
    (await changePoll(database().sql, poll.id, changes)).poll;

  /** Accepts a ballot after the other, and counts each at once, until something has happened and for half a second
   * after it. */
  async function voteUntil(poll: NewPoll, isOver: () => boolean): Promise<LoggedBallot[]> {
    const ballots: LoggedBallot[] = [];
    let end = Number.POSITIVE_INFINITY;
    while (Date.now() < end) {
      const ballot = someBallot(poll);
      ballots.push(ballot);
      await tallyBallots(database().sql, batchOf([ballot]));
      if (end === Number.POSITIVE_INFINITY && isOver()) end = Date.now() + 500;
    }
    return ballots;
  }

  describe.each([
    ['closing', close],
    ['reopening', reopen()],
  ])('%s, while the poll is locked', (kind, changes) => {
    test('judges every ballot as it was judged when it was counted', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      if (kind === 'reopening') await change(poll, close);
      let isChanged = false;
      let changing: Promise<unknown> | undefined;
      let voting: Promise<LoggedBallot[]> | undefined;
      await sql.begin(async (tx) => {
        await tx`select from polls where poll_id = ${poll.id}::uuid for update`;
        changing = change(poll, changes).finally(() => {
          isChanged = true;
        });
        await untilLockIsAwaited(sql);
        const since = Date.now();
        voting = voteUntil(poll, () => isChanged);
        await until(async () => {
          if (Date.now() < since + HELD_MS) throw new Error('It is held for longer.');
        }, 2 * HELD_MS);
      });
      await changing;
      const ballots = (await voting) ?? [];
      const rows = await sql<{ accepted_at: number }[]>`select accepted_at from votes order by accepted_at`;
      const windows = (await findPollRules(sql, poll.id))?.windows ?? [];
      const inTime = ballots.filter(
        ({ acceptedAt }) => whenVotesAreTaken(windows, acceptedAt / 1_000) === 'open',
      );
      expect(rows.map((row) => row.accepted_at)).toEqual(inTime.map(({ acceptedAt }) => acceptedAt));
      expect(inTime.length).toBeGreaterThan(0);
      expect(inTime.length).toBeLessThan(ballots.length);
    });
  });

  test('is rejected by the database if it commits after its own effective time', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    const from = new Date(Date.now() + 700);
    const update = (tx: AnySql) => tx`
      update polls set windows = tstzmultirange(tstzrange(null, ${from})), windows_from = ${from}
      where poll_id = ${poll.id}::uuid`;
    const late = sql.begin(async (tx) => {
      await update(tx);
      await until(async () => {
        if (Date.now() < from.getTime() - 400) throw new Error('It is still in time.');
      }, HELD_MS);
    });
    await expect(late).rejects.toMatchObject({ code: 'PP001' });
    // The client hears of it as well where the commit is that of a single statement.
    await expect(update(sql)).rejects.toMatchObject({ code: 'PP001' });
    const rules = await findPollRules(sql, poll.id);
    expect(rules?.windows).toEqual([{ start: Number.NEGATIVE_INFINITY, end: poll.expiredAt }]);
  });

  test('answers when it is in force: the end has passed, and the poll is off the leaderboard', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    const before = Date.now();
    const closing = change(poll, close);
    await until(async () => {
      expect((await findChangeablePoll(sql, poll.id))?.windowsFrom).toBeGreaterThan(before);
    }, HELD_MS);
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ status: 'open', closed_at: null });
    expect(await readLeaderboard(sql, 10)).toHaveLength(1);
    expect((await findPollRules(sql, poll.id))?.isClosed).toBe(false);
    const closed = await closing;
    const end = Date.parse(closed.closed_at ?? '');
    expect(closed).toMatchObject({ status: 'closing', is_final: false });
    expect(end).toBeGreaterThanOrEqual(before + LEAD_MS);
    expect(end).toBeLessThanOrEqual(Date.now());
    expect(await readLeaderboard(sql, 10)).toEqual([]);
    expect((await findPollRules(sql, poll.id))?.isClosed).toBe(true);
  });

  test('shows a closed poll as closed until it reopens, and notifies no viewer before', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    const closed = await change(poll, close);
    const told: string[] = [];
    const announce = (now: number) => announceStates(sql, async (ids) => void told.push(...ids), now);
    await announce(Date.now());
    expect(told.splice(0)).toEqual([poll.id]);
    const reopening = change(poll, reopen());
    const from = await until(async () => {
      const { windowsFrom } = (await findChangeablePoll(sql, poll.id)) ?? { windowsFrom: 0 };
      expect(windowsFrom).toBeGreaterThan(Date.now());
      return windowsFrom;
    }, HELD_MS);
    const just = from - 1;
    expect(await findPoll(sql, poll.id, just)).toMatchObject({
      status: 'closing',
      closed_at: closed.closed_at,
    });
    const listed = async (status: 'open' | 'closing', now: number) =>
      (await listPolls(sql, { status, text: '', after: undefined, limit: 9 }, now)).map(({ id }) => id);
    expect([await listed('open', just), await listed('closing', just)]).toEqual([[], [poll.id]]);
    expect([await listed('open', from), await listed('closing', from)]).toEqual([[poll.id], []]);
    await announce(just);
    await closeEndedPolls(sql, just);
    expect(told).toEqual([]);
    expect(await reopening).toMatchObject({ status: 'open', closed_at: null });
    await announce(Date.now());
    expect(told).toEqual([poll.id]);
    expect(await readLeaderboard(sql, 10)).toHaveLength(1);
  });

  test('is in force and announced at once if it moves an end further ahead', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    const before = Date.now();
    const moved = await change(poll, reopen());
    expect(Date.now() - before).toBeLessThan(LEAD_MS);
    const told: string[] = [];
    await announceStates(sql, async (ids) => void told.push(...ids), Date.now());
    expect([moved.status, told]).toEqual(['open', [poll.id]]);
  });

  test('opens a scheduled poll when it answers, and every ballot is judged alike', async () => {
    const { sql } = database();
    const opensAt = Date.now() + HOUR_MS;
    const poll = await somePoll(sql, { opensAt, expiredAt: opensAt + HOUR_MS });
    const before = Date.now();
    const opening = change(poll, { opens_at: before });
    let isOpen = false;
    const voting = voteUntil(poll, () => isOpen);
    const opened = await opening;
    isOpen = true;
    const from = Date.parse(opened.opens_at ?? '');
    expect(opened).toMatchObject({ status: 'open', expired_at: new Date(poll.expiredAt).toISOString() });
    expect(from).toBeGreaterThanOrEqual(before + LEAD_MS);
    expect(from).toBeLessThanOrEqual(Date.now());
    const inTime = (await voting).filter(({ acceptedAt }) => acceptedAt >= from * 1_000);
    const rows = await sql<{ accepted_at: number }[]>`select accepted_at from votes order by accepted_at`;
    expect(rows.map((row) => row.accepted_at)).toEqual(inTime.map(({ acceptedAt }) => acceptedAt));
    expect(inTime.length).toBeGreaterThan(0);
    expect(await change(poll, { opens_at: before })).toEqual(await findPoll(sql, poll.id, Date.now()));
  });

  test('postpones an opening at once, and announces it', async () => {
    const { sql } = database();
    const opensAt = Date.now() + HOUR_MS;
    const poll = await somePoll(sql, { opensAt, expiredAt: opensAt + HOUR_MS });
    const before = Date.now();
    const moved = await change(poll, { opens_at: opensAt + 60_000, expires_in: 60 });
    expect(Date.now() - before).toBeLessThan(LEAD_MS);
    expect(moved).toMatchObject({
      status: 'scheduled',
      opens_at: new Date(opensAt + 60_000).toISOString(),
      expired_at: new Date(opensAt + 120_000).toISOString(),
    });
    const told: string[] = [];
    await announceStates(sql, async (ids) => void told.push(...ids), Date.now());
    expect(told).toEqual([poll.id]);
    await expect(change(poll, { opens_at: opensAt + 120_000 })).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ field: 'opens_at' }],
    });
  });

  test('takes its locks in the order of counting, whatever the order of rows on disk', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await change(poll, close);
    // The first row moves behind the others.
    await sql`delete from tallies where position = 0`;
    await sql`
      insert into tallies (poll_key, position, on_board, poll_id)
      select poll_key, 0, false, poll_id from polls`;
    let reopening: Promise<unknown> | undefined;
    await sql.begin(async (tx) => {
      await tx`select from tallies where position = 0 for no key update`;
      reopening = change(poll, reopen());
      await untilLockIsAwaited(sql);
      await tx`set local lock_timeout = '5s'`;
      await tx`select from tallies where position > 0 order by position for no key update nowait`;
    });
    expect(await reopening).toMatchObject({ status: 'open' });
  });
});
