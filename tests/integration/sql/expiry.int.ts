import { beforeEach, expect, test } from '@jest/globals';
import { deadlineIn } from '../../../lib/clock.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { cleanUp } from '../../../lib/polls/cleanUp.ts';
import { expirePolls } from '../../../lib/polls/expirePolls.ts';
import { createDatabase } from '../../../lib/sql/database.ts';
import { EXPIRED_PAGE, WARNINGS_PAGE, warnOfExpiry } from '../../../lib/sql/expiry.ts';
import { closeEndedPolls, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findWantedAttempts, recordAttempts, takeDueAttempts } from '../../../lib/sql/webhookAttempts.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, makeFinal, someBallot, somePoll } from '../../support/database/polls.ts';
import { untilLockIsAwaited } from '../../support/database/untilLockIsAwaited.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const RETAIN_DAYS = 30;
const URL = 'https://hooks.example/';

onEachPostgres('a poll that ended long ago', (database) => {
  beforeEach(
    () =>
      database()
        .sql`truncate polls, options, tallies, webhooks, votes, partition_progress, deleted_polls cascade`,
  );

  const expire = (now = Date.now(), days = RETAIN_DAYS) =>
    expirePolls(database().sql, days, now, deadlineIn(MINUTE_MS));
  const left = async () =>
    (await database().sql<{ poll_id: string }[]>`select poll_id from polls order by poll_key`).map(
      ({ poll_id }) => poll_id,
    );
  const endedPoll = (daysAgo: number, changes: Partial<NewPoll> = {}) =>
    somePoll(database().sql, { expiredAt: Date.now() - daysAgo * DAY_MS - MINUTE_MS, ...changes });
  const reopen = ({ id }: NewPoll) => changePoll(database().sql, id, { expired_at: Date.now() + MINUTE_MS });

  /** Makes the attempts that are due, as receivers that are there do. @returns how many */
  async function deliver(now = Date.now(), nextAt: number | null = null): Promise<number> {
    const due = await findWantedAttempts(database().sql, await takeDueAttempts(database().sql, now, 100));
    await recordAttempts(
      database().sql,
      due.map((one) => ({ ...one, event: one.warnedAt ? 'poll.expiring' : 'poll.closed', nextAt })),
    );
    return due.length;
  }

  test('is deleted with its votes, and its viewers are notified; younger and open polls stay', async () => {
    const { sql, config } = database();
    const [old, young] = [await endedPoll(RETAIN_DAYS), await endedPoll(RETAIN_DAYS - 1)];
    const open = await somePoll(sql);
    const inTime = (old.expiredAt - 1) * 1_000;
    await tallyBallots(sql, batchOf([someBallot(old, { acceptedAt: inTime }), someBallot(open)]));
    await expire();
    expect(await left()).toEqual([old.id, young.id, open.id]); // their results are not final
    await makeFinal(sql);
    await expire(Date.now(), 0);
    expect(await left()).toEqual([old.id, young.id, open.id]);
    const once = createDatabase(config);
    await cleanUp(once, { retainDays: RETAIN_DAYS, votesRetentionDays: 7 });
    await cleanUp(once, { retainDays: RETAIN_DAYS, votesRetentionDays: 7 });
    expect(await left()).toEqual([young.id, open.id]);
    expect(await sql`select poll_id, is_announced from deleted_polls`).toEqual([
      { poll_id: old.id, is_announced: false },
    ]);
    expect(await sql`select count(*)::integer as votes from votes`).toEqual([{ votes: 1 }]);
    await once.run((client) => client.end());
  });

  test('is deleted page by page, however many there are', async () => {
    for (let count = 0; count <= EXPIRED_PAGE; count += 1) await endedPoll(RETAIN_DAYS);
    await makeFinal(database().sql);
    await expirePolls(database().sql, RETAIN_DAYS, Date.now(), deadlineIn(0));
    expect(await left()).toHaveLength(1);
    await expire();
    expect(await left()).toEqual([]);
  });

  test('with a webhook is deleted after the warning, which is due once, three days ahead', async () => {
    const { sql } = database();
    const poll = await endedPoll(RETAIN_DAYS - 4, { webhookUrl: URL });
    await makeFinal(sql);
    await sql`update webhooks set finalized_at = ${new Date(poll.expiredAt)}`;
    expect(await deliver()).toBe(1);
    await expire();
    expect(await deliver()).toBe(0);
    const warnedAt = Date.now() + DAY_MS + 2 * MINUTE_MS;
    await expire(warnedAt);
    expect(await deliver(warnedAt)).toBe(1);
    await expire(warnedAt + 2 * DAY_MS);
    expect(await left()).toEqual([poll.id]);
    await expire(warnedAt + 3 * DAY_MS);
    expect(await deliver(warnedAt + 3 * DAY_MS)).toBe(0);
    expect(await left()).toEqual([]);
  });

  test('is warned of however many older polls were reopened', async () => {
    const { sql } = database();
    const reopened = await somePoll(sql, { webhookUrl: URL });
    await sql`
      insert into polls (
        poll_id, option_count, max_choices, allow_change, results_visibility, created_at, expired_at, windows
      )
      select gen_random_uuid(), option_count, 1, false, results_visibility, created_at, expired_at, windows
      from polls cross join generate_series(1, ${WARNINGS_PAGE}::integer)`;
    const poll = await endedPoll(RETAIN_DAYS, { webhookUrl: URL });
    await makeFinal(sql);
    await deliver();
    // As previous releases left them.
    await sql`
      insert into webhooks (poll_key, url, final_version, finalized_at)
      select poll_key, ${URL}, 1, now() - interval '1 year' from polls where not is_final
      on conflict (poll_key) do update set finalized_at = excluded.finalized_at`;
    expect(await warnOfExpiry(sql, 1, Date.now())).toBe(1);
    expect(await deliver()).toBe(1);
    await expire(Date.now() + 2 * DAY_MS, 1);
    expect(await left()).not.toContain(poll.id);
    expect(await left()).toContain(reopened.id);
  });

  test('is out of the index of webhooks to warn while it is reopened', async () => {
    const { sql } = database();
    const poll = await endedPoll(RETAIN_DAYS, { webhookUrl: URL });
    await makeFinal(sql);
    await deliver();
    await reopen(poll);
    expect(await sql`select finalized_at, due_at from webhooks`).toEqual([
      { finalized_at: null, due_at: null },
    ]);
  });

  test('is warned of at least a day ahead, however short polls are retained, and after its results', async () => {
    const { sql } = database();
    const poll = await endedPoll(RETAIN_DAYS, { webhookUrl: URL });
    await makeFinal(sql);
    const retriedAt = Date.now() + DAY_MS;
    expect(await deliver(Date.now(), retriedAt)).toBe(1);
    await expire(Date.now(), 1);
    expect(await sql`select tries, warned_at from webhooks`).toEqual([{ tries: 1, warned_at: null }]);
    expect(await deliver(retriedAt + 1)).toBe(1);
    await expire(retriedAt + 1, 1);
    // Its receiver is away until the end.
    expect(await deliver(retriedAt + 1, retriedAt + 10 * DAY_MS)).toBe(1);
    await expire(retriedAt + DAY_MS - MINUTE_MS, 1);
    expect(await left()).toEqual([poll.id]);
    await expire(retriedAt + DAY_MS + 1, 1);
    expect(await left()).toEqual([]);
  });

  test('is warned of even if a late attempt to deliver its results is recorded after the warning is due', async () => {
    const { sql } = database();
    await endedPoll(RETAIN_DAYS, { webhookUrl: URL });
    await makeFinal(sql);
    const [late] = await takeDueAttempts(sql, Date.now(), 1);
    if (!late) throw new Error('No attempt is due.');
    // The attempt counted as lost, and another one succeeded.
    expect(await deliver(Date.now() + 6 * MINUTE_MS)).toBe(1);
    await expire(Date.now(), 1);
    await recordAttempts(sql, [{ ...late, event: 'poll.closed', nextAt: null }]);
    expect(await deliver()).toBe(1);
    expect(await deliver(Date.now() + DAY_MS)).toBe(0);
  });

  test('stays if it is reopened after the warning, and is warned of again after its next end', async () => {
    const { sql } = database();
    const poll = await endedPoll(RETAIN_DAYS, { webhookUrl: URL });
    await makeFinal(sql);
    await deliver();
    await expire();
    await reopen(poll);
    expect(await deliver(Date.now() + DAY_MS)).toBe(0);
    await expire(Date.now() + 2 * DAY_MS);
    expect(await left()).toEqual([poll.id]);
    await changePoll(sql, poll.id, { closed: true });
    await makeFinal(sql);
    await deliver();
    await expire(Date.now() + 2 * DAY_MS);
    expect(await left()).toEqual([poll.id]);
    const later = Date.now() + (RETAIN_DAYS + 1) * DAY_MS;
    await expire(later);
    expect(await left()).toEqual([poll.id]);
    expect(await deliver(later)).toBe(1);
    await expire(later + DAY_MS);
    expect(await left()).toEqual([]);
  });

  test('stays if it is reopened while it is being deleted, and delays no counting', async () => {
    const { sql } = database();
    const [poll, other] = [await endedPoll(RETAIN_DAYS), await somePoll(sql)];
    await makeFinal(sql);
    await sql
      .begin(async (tx) => {
        await tx`update polls set is_final = false, state_version = state_version + 1 where poll_id = ${poll.id}`;
        const expiring = expire();
        await untilLockIsAwaited(sql);
        await tallyBallots(sql, batchOf([someBallot(other)]));
        return { expiring };
      })
      .then(({ expiring }) => expiring);
    expect(await left()).toEqual([poll.id, other.id]);
    await closeEndedPolls(sql, Date.now());
    await finalizePolls(sql, 1, 0, Date.now());
    await expire();
    expect(await left()).toEqual([other.id]);
  });
});
