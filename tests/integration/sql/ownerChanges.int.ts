import { beforeEach, describe, expect, test } from '@jest/globals';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { removePoll } from '../../../lib/polls/deletePoll.ts';
import { readLeaderboard } from '../../../lib/sql/boards.ts';
import { findPoll, findPolls, findState } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, passMarkers, someBallot, somePoll } from '../../support/database/polls.ts';
import { untilLockIsAwaited } from '../../support/database/untilLockIsAwaited.ts';

const HOUR_MS = 3_600_000;
const later = (ms: number) => Date.now() + ms;

onEachPostgres('a change of a poll by its owner', (database) => {
  beforeEach(
    () => database().sql`truncate polls, options, tallies, webhooks, votes, partition_progress cascade`,
  );

  const change = async (id: string, changes: Parameters<typeof changePoll>[2]) =>
    (await changePoll(database().sql, id, changes)).poll;

  describe('of the times', () => {
    test('takes the poll off the leaderboard and back with its counts, with a higher version each time', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      await tallyBallots(sql, batchOf([someBallot(poll), someBallot(poll)]));
      const board = async () => (await readLeaderboard(sql, 10)).map((one) => one.vote_count);
      const before = await findPoll(sql, poll.id, Date.now());
      const closed = await change(poll.id, { closed: true });
      expect([closed.status, closed.is_final, await board()]).toEqual(['closing', false, []]);
      expect(await sql`select from tallies where on_board or is_stale`).toEqual([]);
      const reopened = await change(poll.id, { expired_at: later(HOUR_MS) });
      expect([reopened.status, reopened.closed_at, await board()]).toEqual(['open', null, [2]]);
      const versions = [before, closed, reopened].map((one) => one?.version ?? 0);
      expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
    });

    test('reopens final results, even if they become final concurrently', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      await change(poll.id, { closed: true });
      const past = later(60_000);
      await passMarkers(sql, 1, 0, past);
      const finalize = () => finalizePolls(sql, 1, 0, past);
      await finalize();
      expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ status: 'closed', is_final: true });
      const end = later(HOUR_MS);
      await Promise.all([change(poll.id, { expired_at: end }), finalize(), closeEndedPolls(sql, past)]);
      await finalize();
      const reopened = await findPoll(sql, poll.id, Date.now());
      expect(reopened).toMatchObject({ status: 'open', is_final: false, closed_at: null });
      expect(reopened?.expired_at).toBe(new Date(end).toISOString());
    });

    test('has no effect if it is already so', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const closed = await change(poll.id, { closed: true });
      expect(await change(poll.id, { closed: true, question: poll.question })).toEqual(closed);
      const end = later(HOUR_MS);
      const reopened = await change(poll.id, { expired_at: end });
      expect(await change(poll.id, { expired_at: end })).toEqual(reopened);
    });

    test('closes a poll that has not opened, until it is given a new end', async () => {
      const { sql } = database();
      const opensAt = later(HOUR_MS);
      const poll = await somePoll(sql, { opensAt, expiredAt: opensAt + HOUR_MS });
      const closed = await change(poll.id, { closed: true });
      expect(closed).toMatchObject({ status: 'closing', closed_at: expect.any(String) });
      await expect(change(poll.id, { expired_at: opensAt })).rejects.toMatchObject({
        code: 'invalid_request',
        fields: [{ field: 'expired_at' }],
      });
      const again = await change(poll.id, { expired_at: opensAt + 1 });
      expect(again).toMatchObject({ status: 'scheduled', opens_at: new Date(opensAt).toISOString() });
    });
  });

  test('of the listing takes the poll off the leaderboard and back with its counts, if it is open', async () => {
    const { sql } = database();
    const [poll, hidden] = [await somePoll(sql), await somePoll(sql, { resultsVisibility: 'after_vote' })];
    const vote = (one = poll) => tallyBallots(sql, batchOf([someBallot(one)]));
    const board = async () => (await readLeaderboard(sql, 10)).map((one) => [one.poll_id, one.vote_count]);
    const list = async (one = poll) => (await change(one.id, { listed: true })).version;
    await Promise.all([vote(), vote(hidden)]);
    expect(await change(poll.id, { listed: false })).toMatchObject({ listed: false, version: 3 });
    expect(await change(hidden.id, { listed: false })).toMatchObject({ listed: false });
    await vote();
    expect([await board(), await sql`select from tallies where on_board or is_stale`]).toEqual([[], []]);
    expect([await list(), await list(), await list(hidden)]).toEqual([5, 5, 4]);
    expect(await board()).toEqual([[poll.id, 2]]);
    await change(poll.id, { closed: true, listed: false });
    await list();
    expect(await board()).toEqual([]);
    await change(poll.id, { listed: false });
    await change(poll.id, { expired_at: later(HOUR_MS) });
    expect(await board()).toEqual([]);
  });

  describe('of the texts', () => {
    test('keeps the ids of its options, and is applied with all other changes or not at all', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const options = ['Place 1', 'Place 0', 'Elsewhere'];
      const changed = await change(poll.id, { question: 'Whereto?', options, closed: true });
      expect(changed).toMatchObject({ question: 'Whereto?', status: 'closing' });
      expect(changed.options.map(({ option_id, option_text }) => [option_id, option_text])).toEqual(
        options.map((text, at) => [poll.options[at]?.id, text]),
      );
      const wrong = change(poll.id, { options: ['one', 'two'], expired_at: later(HOUR_MS) });
      await expect(wrong).rejects.toMatchObject({ code: 'invalid_request', fields: [{ field: 'options' }] });
      expect(await findPoll(sql, poll.id, Date.now())).toEqual(changed);
    });

    test('is rejected after a vote was counted, even if it was withdrawn, and changes nothing else', async () => {
      const { sql } = database();
      const poll = await somePoll(sql, { allowChange: true });
      const vote = someBallot(poll);
      await tallyBallots(sql, batchOf([vote]));
      await tallyBallots(sql, batchOf([someBallot(poll, { voterKey: vote.voterKey, choices: 0 })]));
      const before = await findPoll(sql, poll.id, Date.now());
      const refused = change(poll.id, { question: 'Whereto?', closed: true });
      await expect(refused).rejects.toMatchObject({ code: 'has_votes' });
      expect(await findPoll(sql, poll.id, Date.now())).toEqual(before);
    });

    test('waits for a running tally, and finds its votes', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      let changing: Promise<unknown> | undefined;
      await sql.begin(async (tx) => {
        await tallyBallots(tx, batchOf([someBallot(poll)]));
        changing = change(poll.id, { question: 'Whereto?' }).catch((error) => error.code);
        await untilLockIsAwaited(sql);
      });
      expect(await changing).toBe('has_votes');
    });
  });

  describe('that asks for a state', () => {
    /** As an entity tag does: this version, and no other. */
    const only = async (id: string) => {
      const seen = await findState(database().sql, id);
      return { isAsSeen: (stateVersion: number) => stateVersion === seen?.stateVersion };
    };
    const outcomes = async (all: Promise<unknown>[]) =>
      (await Promise.allSettled(all))
        .map((one) => (one.status === 'rejected' ? one.reason.code : 'done'))
        .sort();

    test('is applied once if several ask for the same one at the same time', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const seen = await only(poll.id);
      const ask = (_: unknown, at: number) =>
        changePoll(sql, poll.id, { expired_at: later(HOUR_MS) + at }, seen);
      expect(await outcomes(Array.from({ length: 6 }, ask))).toEqual([
        'done',
        ...Array(5).fill('precondition_failed'),
      ]);
      const now = await only(poll.id);
      const deletions = [
        removePoll(sql, poll.id, now.isAsSeen),
        changePoll(sql, poll.id, { listed: false }, now),
      ];
      const [done, refused, ...others] = await outcomes(deletions);
      expect([done, others]).toEqual(['done', []]);
      expect(['poll_not_found', 'precondition_failed']).toContain(refused);
    });

    test('is refused after another change, even if it would change nothing, but not after a vote', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      const seen = await only(poll.id);
      await tallyBallots(sql, batchOf([someBallot(poll)]));
      const { stateVersion } = await changePoll(sql, poll.id, { listed: false }, seen);
      expect(stateVersion).toBe(2);
      const refused = { code: 'precondition_failed' };
      await expect(changePoll(sql, poll.id, { listed: false }, seen)).rejects.toMatchObject(refused);
      await expect(removePoll(sql, poll.id, seen.isAsSeen)).rejects.toMatchObject(refused);
      await removePoll(sql, poll.id, (version) => version === stateVersion);
      await expect(removePoll(sql, poll.id, () => true)).rejects.toMatchObject({ code: 'poll_not_found' });
    });
  });

  test('that asks for the state before an end or an opening is refused from that moment on', async () => {
    const { sql } = database();
    const opensAt = later(HOUR_MS);
    const poll = await somePoll(sql, { opensAt, expiredAt: opensAt + HOUR_MS });
    const at = async (now: number, changes = { listed: false }) => {
      const clock = { now: () => now, until: async () => {} };
      const isAsSeen = (version: number) => version === seen;
      return changePoll(sql, poll.id, changes, { isAsSeen, readClock: async () => clock });
    };
    const seenAt = async (now: number) => (await findPolls(sql, [poll.id], now))[0]?.stateVersion;
    const refused = { code: 'precondition_failed' };
    let seen = await seenAt(opensAt - 1);
    await expect(at(opensAt)).rejects.toMatchObject(refused);
    seen = await seenAt(poll.expiredAt - 1);
    expect(seen).toBe(await seenAt(opensAt));
    await expect(at(poll.expiredAt)).rejects.toMatchObject(refused);
    // Storing the end changes nothing that a reader has seen.
    seen = await seenAt(poll.expiredAt);
    await closeEndedPolls(sql, poll.expiredAt);
    expect(seen).toBe(await seenAt(poll.expiredAt));
    expect(await at(poll.expiredAt)).toMatchObject({ poll: { listed: false } });
  });

  test('is applied one after the other if there are many at once', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    const ends = Array.from({ length: 12 }, (_, at) => later(HOUR_MS) + at);
    const before = await findPoll(sql, poll.id, Date.now());
    const changes = ends.flatMap((expired_at, at) => [{ expired_at }, { question: `Where to, ${at}?` }]);
    await Promise.all(changes.map((one) => change(poll.id, one)));
    const found = await findPoll(sql, poll.id, Date.now());
    expect((found?.version ?? 0) - (before?.version ?? 0)).toBeGreaterThanOrEqual(changes.length);
    expect(ends.map((end) => new Date(end).toISOString())).toContain(found?.expired_at);
    expect(found?.question).toMatch(/^Where to, \d+\?$/);
  });
});
