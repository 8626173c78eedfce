import { beforeEach, describe, expect, test } from '@jest/globals';
import { type VoteFacts, voteStatus } from '../../../lib/domain/voteStatus.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { announceStates } from '../../../lib/sql/announcements.ts';
import type { AnySql } from '../../../lib/sql/client.ts';
import { findPoll, findPolls } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls, drawMark, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../../lib/sql/voteFacts.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import {
  batchOf,
  type LoggedBallot,
  makeFinal,
  passMark,
  passMarkers,
  someBallot,
  somePoll,
} from '../../support/database/polls.ts';

const PARTITIONS = 2;
const GRACE_MS = 1_000;

onEachPostgres('closing', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  const finalize = (now: number) => finalizePolls(database().sql, PARTITIONS, GRACE_MS, now);

  describe('closing', () => {
    test('ignores polls that have not ended', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      await closeEndedPolls(sql, Date.now());
      expect(await finalize(Date.now())).toBe(0);
      expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ version: 1, closed_at: null });
      expect(await sql`select from tallies where on_board`).toHaveLength(3);
    });

    test('takes an ended poll off the leaderboard once, and still counts votes accepted in time', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
      const after = poll.expiredAt + 1;
      const ballots = [someBallot(poll), someBallot(poll)];
      await tallyBallots(sql, batchOf(ballots.slice(0, 1)));
      await closeEndedPolls(sql, after);
      await closeEndedPolls(sql, after);
      await tallyBallots(sql, batchOf(ballots));
      expect(await sql`select from tallies where on_board or is_stale`).toEqual([]);
      expect(await findPoll(sql, poll.id, after)).toMatchObject({
        status: 'closing',
        closed_at: new Date(poll.expiredAt).toISOString(),
        is_final: false,
        total_votes: 2,
        version: 4,
      });
    });

    test('raises the version when the end comes, and not again when it is stored', async () => {
      const { sql } = database();
      const opensAt = Date.now() + 500;
      const poll = await somePoll(sql, { opensAt, expiredAt: opensAt + 500 });
      const at = async (now: number) => (await findPolls(sql, [poll.id], now))[0];
      const moments = [opensAt - 1, opensAt, poll.expiredAt - 1, poll.expiredAt];
      const shown = await Promise.all(moments.map(at));
      expect(shown.map((one) => [one?.poll.status, one?.poll.version, one?.stateVersion])).toEqual([
        ['scheduled', 1, 1],
        ['open', 2, 2],
        ['open', 2, 2],
        ['closing', 3, 3],
      ]);
      await closeEndedPolls(sql, poll.expiredAt);
      const stored = await Promise.all(moments.map(at));
      expect(stored.map((one) => ({ ...one, readAt: 0 }))).toEqual(
        shown.map((one) => ({ ...one, readAt: 0 })),
      );
    });

    test('makes results final when the last partition is counted past end and grace, and not before', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
      const allIn = poll.expiredAt + GRACE_MS;
      const now = allIn + 60_000;
      await closeEndedPolls(sql, now);
      const number = await drawMark(sql, GRACE_MS, now);
      await passMark(sql, 0, { number, appendTime: allIn + 1 });
      expect(await finalize(now)).toBe(1);
      await passMark(sql, 1, { number, appendTime: allIn });
      expect(await finalize(now)).toBe(1);
      const later = await drawMark(sql, GRACE_MS, now);
      await passMark(sql, 1, { number: later, appendTime: allIn + 1 });
      expect(await finalize(now)).toBe(0);
      expect(await findPoll(sql, poll.id, now)).toMatchObject({
        status: 'closed',
        is_final: true,
        version: 3,
      });
    });

    test('does not take a time that was passed before the clocks were set back for the end', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
      const now = poll.expiredAt + GRACE_MS + 1;
      const ahead = now + 60_000;
      await passMarkers(sql, PARTITIONS, GRACE_MS, ahead, ahead);
      const inTime = someBallot(poll, { appendTime: poll.expiredAt });

      await closeEndedPolls(sql, now);
      expect(await finalize(now)).toBe(1);
      const number = await drawMark(sql, GRACE_MS, now);
      await passMark(sql, 0, { number, appendTime: now });
      expect(await finalize(now)).toBe(1);
      const end = { appendTime: now, offset: 9 };
      await tallyBallots(sql, { partition: 1, ballots: [inTime], end, mark: { number, appendTime: now } });
      expect(await finalize(now)).toBe(0);
      expect(await findPoll(sql, poll.id, now)).toMatchObject({ is_final: true, total_votes: 1 });
    });

    test('draws ever higher numbers, even if the clock was ahead', async () => {
      const { sql } = database();
      const far = (Date.now() + 60_000) * 1_000;
      await sql`update last_mark set mark = ${far}`;
      const drawn = [await drawMark(sql, GRACE_MS, Date.now()), await drawMark(sql, GRACE_MS, Date.now())];
      expect(drawn).toEqual([far + 1, far + 2]);
    });

    test('waits anew after a reopening', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
      const now = poll.expiredAt + GRACE_MS + 1;
      await closeEndedPolls(sql, now);
      await drawMark(sql, GRACE_MS, now);
      await changePoll(sql, poll.id, { expired_at: Date.now() + 5_000 });
      const end = Date.now() + 5_000;
      await closeEndedPolls(sql, end);
      const [kept] = await sql`select final_mark from polls`;
      expect(kept).toEqual({ final_mark: null });
    });

    test('ignores a poll whose grace period is not over', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
      await closeEndedPolls(sql, poll.expiredAt);
      expect(await finalize(poll.expiredAt + GRACE_MS)).toBe(0);
    });
  });

  test('changes no final result or version; after a reopening, a vote that was in time counts', async () => {
    const { sql } = database();
    const poll = await somePoll(sql, { expiredAt: Date.now() - 60_000, allowChange: true });
    const ballots = [1, 2, 3].map((ms) => {
      return someBallot(poll, { acceptedAt: (poll.expiredAt - ms) * 1_000, appendTime: poll.expiredAt });
    });
    const [standing, missing] = ballots as [LoggedBallot, LoggedBallot];
    await tallyBallots(sql, batchOf([standing]));
    await makeFinal(sql);
    const final = await findPoll(sql, poll.id, Date.now());
    expect(final).toMatchObject({ is_final: true, total_votes: 1 });
    const { voterKey, acceptedAt } = standing;
    const changed = someBallot(poll, { voterKey, acceptedAt: acceptedAt + 1, choices: 2 });
    await tallyBallots(sql, batchOf([standing, changed, ...ballots]));
    expect(await findPoll(sql, poll.id, Date.now())).toEqual(final);
    const [facts] = await findVoteFacts(sql, [{ ...missing, partition: 0 }]);
    const known = facts as VoteFacts;
    expect(voteStatus({ ...missing, isWithdrawal: false }, known)).toEqual({
      status: 'rejected',
      reason: 'poll_closed',
    });

    await changePoll(sql, poll.id, { expired_at: Date.now() + 60_000 });
    await tallyBallots(sql, batchOf([missing]));
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ is_final: false, total_votes: 2 });
  });

  test('polls one after the other writes to no index, and neither does announcing it', async () => {
    const { sql } = database();
    const end = Date.now() + 60_000;
    for (let at = 0; at < 40; at++)
      await somePoll(sql, { expiredAt: end + at, question: 'Really? '.repeat(60) });
    const written = async (tx: AnySql) => {
      const [row] = await tx`
        select n_tup_upd > 0 as is_written, n_tup_upd - n_tup_hot_upd as with_indexes
        from pg_stat_xact_user_tables where relname = 'polls'`;
      return row;
    };
    for (let at = 0; at < 40; at++) {
      const closing = sql.begin(async (tx) => {
        await closeEndedPolls(tx, end + at);
        return written(tx);
      });
      expect(await closing).toEqual({ is_written: true, with_indexes: 0 });
    }
    const told: string[][] = [];
    await announceStates(sql, async (pollIds) => void told.push(pollIds), Date.now());
    expect(told[0]).toHaveLength(40);
  });

  describe('a change of state', () => {
    test('during an announcement is announced too', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() - 1 });
      await closeEndedPolls(sql, Date.now());
      const told: string[][] = [];
      await announceStates(
        sql,
        async (pollIds) => {
          told.push(pollIds);
          await changePoll(sql, poll.id, { expired_at: Date.now() + 60_000 });
        },
        Date.now(),
      );
      await announceStates(sql, async (pollIds) => void told.push(pollIds), Date.now());
      await announceStates(sql, async (pollIds) => void told.push(pollIds), Date.now());
      expect(told).toEqual([[poll.id], [poll.id]]);
    });

    test('is announced until that succeeds, and then no more', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { expiredAt: Date.now() + 500 });
      await closeEndedPolls(sql, poll.expiredAt);
      const failing = announceStates(sql, () => Promise.reject(new Error('Kafka is away')), Date.now());
      await expect(failing).rejects.toThrow('Kafka is away');
      const told: string[][] = [];
      const tell = async (pollIds: string[]) => void told.push(pollIds);
      await announceStates(sql, tell, Date.now());
      await announceStates(sql, tell, Date.now());
      expect(told).toEqual([[poll.id]]);
    });
  });
});
