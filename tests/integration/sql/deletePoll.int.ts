import { beforeEach, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { deadlineIn } from '../../../lib/clock.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { removePoll } from '../../../lib/polls/deletePoll.ts';
import { announceDeletions } from '../../../lib/sql/announcements.ts';
import { refreshBoard } from '../../../lib/sql/boards.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { deleteLeftVotes, deleteOldFormerPolls, deletePoll } from '../../../lib/sql/deletePoll.ts';
import { reconcile } from '../../../lib/sql/drift.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls } from '../../../lib/sql/pollEnds.ts';
import { findUnknownPolls } from '../../../lib/sql/redriven.ts';
import { type BallotBatch, tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { untilLockIsAwaited } from '../../support/database/untilLockIsAwaited.ts';

const FOREIGN_KEY_VIOLATION = '23503';
const inAMinute = () => deadlineIn(60_000);

onEachPostgres('deletion of a poll', (database) => {
  beforeEach(
    () =>
      database()
        .sql`truncate polls, options, tallies, webhooks, votes, partition_progress, deleted_polls cascade`,
  );

  const left = async () => {
    const [row] = await database().sql`
      select
        (select count(*) from polls) as polls, (select count(*) from options) as options,
        (select count(*) from tallies) as tallies, (select count(*) from votes) as votes`;
    return row;
  };
  const NOTHING = { polls: 0, options: 0, tallies: 0, votes: 0 };

  test('removes all data of the poll and nothing else, with any number of votes', async () => {
    const { sql } = database();
    const [poll, other] = [await somePoll(sql), await somePoll(sql)];
    await tallyBallots(sql, batchOf([someBallot(poll), someBallot(other)]));
    await sql`
      insert into votes (choices, accepted_at, poll_key, voter_key)
      select 1, 0, poll_key, md5(number::text)::uuid
      from polls, generate_series(1, 25000) as number where poll_id = ${poll.id}`;
    expect(await deletePoll(sql, poll.id)).toBeGreaterThan(0);
    expect(await findPoll(sql, poll.id, Date.now())).toBeUndefined();
    await deleteLeftVotes(sql, inAMinute());
    expect(await left()).toEqual({ polls: 1, options: 3, tallies: 3, votes: 1 });
    expect(await deletePoll(sql, poll.id)).toBeUndefined();
  });

  test('continues later when its time is over', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await tallyBallots(sql, batchOf([someBallot(poll)]));
    await deletePoll(sql, poll.id);
    await deleteLeftVotes(sql, deadlineIn(-1));
    expect(await left()).toEqual({ ...NOTHING, votes: 1 });
    await deleteLeftVotes(sql, inAMinute());
    expect(await left()).toEqual(NOTHING);
  });

  test('by its owner removes the poll’s own votes and reads no other poll', async () => {
    const { sql } = database();
    const [poll, other] = [await somePoll(sql), await somePoll(sql)];
    await tallyBallots(sql, batchOf([someBallot(poll), someBallot(other), someBallot(other)]));
    await deletePoll(sql, other.id);
    await removePoll(sql, poll.id);
    expect(await left()).toEqual({ ...NOTHING, votes: 2 });
  });

  describe('during counting of its ballots', () => {
    test('waits for a tally that came first, and removes its votes', async () => {
      const { sql } = database();
      const poll = await somePoll(sql);
      let deleting: Promise<number | undefined> | undefined;
      await sql.begin(async (tx) => {
        await tallyBallots(tx, batchOf([someBallot(poll)]));
        deleting = deletePoll(sql, poll.id);
        await untilLockIsAwaited(sql);
      });
      expect(await deleting).toBeGreaterThan(0);
      await deleteLeftVotes(sql, inAMinute());
      expect(await left()).toEqual(NOTHING);
    });

    test('makes a tally that still saw the poll start again and skip its ballots', async () => {
      const { sql } = database();
      const [poll, other] = [await somePoll(sql), await somePoll(sql)];
      const batch = batchOf([someBallot(poll), someBallot(other)]);
      let counting: Promise<unknown> | undefined;
      await sql.begin(async (tx) => {
        await deletePoll(tx, poll.id);
        counting = tallyBallots(sql, batch);
        await untilLockIsAwaited(sql);
      });
      await counting;
      expect(await left()).toEqual({ polls: 1, options: 3, tallies: 3, votes: 1 });
      await tallyBallots(sql, batch);
      expect(await left()).toEqual({ polls: 1, options: 3, tallies: 3, votes: 1 });
    });

    test('leaves a withdrawal that is locked, and removes it the next time', async () => {
      const { sql, config } = database();
      const [poll, other] = [await somePoll(sql, { allowChange: true }), await somePoll(sql)];
      const batch = batchOf([someBallot(poll, { choices: 0 }), someBallot(other)]);
      const own = connect({ ...config, poolSize: 1 });
      let counting: Promise<unknown> | undefined;
      await sql.begin(async (tx) => {
        await tx`select from tallies where poll_id = ${other.id} for update`;
        counting = tallyBallots(own, batch);
        await untilLockIsAwaited(sql);
        await deletePoll(sql, poll.id);
        await deleteLeftVotes(sql, inAMinute());
      });
      await counting;
      await own.end();
      expect(await left()).toMatchObject({ polls: 1, votes: 2 });
      await deleteLeftVotes(sql, inAMinute());
      expect(await left()).toMatchObject({ polls: 1, votes: 1 });
    });
  });

  test('is announced until that succeeds, and its announcement is deleted an hour later', async () => {
    const { sql } = database();
    const poll = await somePoll(sql);
    await deletePoll(sql, poll.id);
    const failing = announceDeletions(sql, () => Promise.reject(new Error('Kafka is away')));
    await expect(failing).rejects.toThrow('Kafka is away');
    const remembered = async () => {
      await deleteLeftVotes(sql, inAMinute());
      return (await sql`select from deleted_polls`).length;
    };
    await sql`update deleted_polls set deleted_at = now() - interval '59 minutes'`;
    const told: string[][] = [];
    await announceDeletions(sql, async (pollIds) => void told.push(pollIds));
    await announceDeletions(sql, async (pollIds) => void told.push(pollIds));
    expect(told).toEqual([[poll.id]]);
    expect(await remembered()).toBe(1);
    await sql`update deleted_polls set deleted_at = now() - interval '61 minutes'`;
    expect(await remembered()).toBe(0);
  });

  test('keeps the poll’s id for as long as the log can have its ballots', async () => {
    const { sql } = database();
    const [poll, never] = [await somePoll(sql), v7()];
    const hex = (id: string) => id.replaceAll('-', '');
    const unknown = async () => (await findUnknownPolls(sql, [poll.id, never].map(hex))).sort();
    const ago = (days: number) => Date.now() - days * 86_400_000;
    expect(await unknown()).toEqual([hex(never)]);
    await deletePoll(sql, poll.id);
    expect(await unknown()).toEqual([hex(never)]);
    await sql`update deleted_polls set is_announced = true, deleted_at = ${new Date(ago(13.9))}`;
    await deleteLeftVotes(sql, inAMinute());
    expect(await sql`select from deleted_polls`).toEqual([]);
    expect(await unknown()).toEqual([hex(never)]);
    await deleteOldFormerPolls(sql, 7, Date.now(), inAMinute());
    expect(await unknown()).toEqual([hex(never)]);
    await deleteOldFormerPolls(sql, 6, Date.now(), inAMinute());
    expect(await unknown()).toEqual([hex(poll.id), hex(never)]);
  });

  test('never deadlocks with tallies, owner changes and the schedule, and leaves no vote behind', async () => {
    const { sql, config } = database();
    const polls = await Promise.all(Array.from({ length: 40 }, () => somePoll(sql)));
    const batches = Array.from({ length: 30 }, () =>
      batchOf(
        Array.from({ length: 400 }, (_, at) =>
          someBallot(polls[at % 40] as NewPoll, { choices: 2 ** (at % 3) }),
        ),
      ),
    );
    const consumers = [0, 1, 2].map(async (consumer) => {
      const own = connect({ ...config, poolSize: 1 });
      for (const batch of batches.filter((_, at) => at % 3 === consumer)) {
        while (!(await isCounted(own, batch)));
      }
      await own.end();
    });
    const owners = polls.map(async ({ id }, at) => {
      await changePoll(sql, id, { closed: true });
      await changePoll(sql, id, { expired_at: Date.now() + 60_000 });
      if (at % 2 === 0) await deletePoll(sql, id);
      await closeEndedPolls(sql, Date.now());
      await refreshBoard(sql);
      await deleteLeftVotes(sql, inAMinute());
    });
    await Promise.all([...consumers, ...owners]);
    await deleteLeftVotes(sql, inAMinute());
    const [stats] = await sql`select deadlocks from pg_stat_database where datname = ${config.database}`;
    expect(stats).toEqual({ deadlocks: 0 });
    expect(await left()).toMatchObject({ polls: 20, options: 60, tallies: 60 });
    const orphans =
      await sql`select from votes left join polls using (poll_key) where polls.poll_key is null`;
    expect(orphans).toEqual([]);
    expect(await reconcile(sql, false)).toEqual([]);
  });

  /** As the event source does: a batch that fails comes again. */
  async function isCounted(sql: Sql, batch: BallotBatch): Promise<boolean> {
    try {
      await tallyBallots(sql, batch);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: FOREIGN_KEY_VIOLATION });
      return false;
    }
  }
});
