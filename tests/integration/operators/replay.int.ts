import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { monotonicMs } from '../../../lib/clock.ts';
import type { NewPoll } from '../../../lib/domain/poll.ts';
import { encodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { type ReplayDeps, replay } from '../../../lib/operators/replay.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { loadBoard } from '../../../lib/sql/boards.ts';
import type { AnySql } from '../../../lib/sql/client.ts';
import { reconcile } from '../../../lib/sql/drift.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { closeEndedPolls, finalizePolls } from '../../../lib/sql/pollEnds.ts';
import { listReplays } from '../../../lib/sql/replays.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { copyDatabase, type FreshDatabase } from '../../support/database/database.ts';
import {
  batchOf,
  type LoggedBallot,
  passMarkers,
  someBallot,
  somePoll,
} from '../../support/database/polls.ts';
import { operate } from '../../support/system/operate.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type CountedLog, startCountedLog } from './redriveFixture.ts';

const PARTITIONS = 3;
const MINUTE_MS = 60_000;
/** Polls end that soon, so that their end lies between backup and restore. */
const SHORTLY_MS = 3_000;
/** More than one page of the log. */
const MANY = 2_500;

let log: CountedLog;
let backup: FreshDatabase;
let restored: FreshDatabase;
let deps: ReplayDeps;
let backedUpAt: number;
let before: Awaited<ReturnType<typeof castBeforeBackup>>;
let later: Awaited<ReturnType<typeof castAfterBackup>>;

beforeAll(async () => {
  log = await startCountedLog();
  before = await castBeforeBackup();
  backup = await copyDatabase(log.database);
  backedUpAt = Date.now();
  later = await castAfterBackup();
});
afterAll(async () => {
  await backup?.end();
  await log?.stop();
});

beforeEach(async () => {
  restored = await copyDatabase(backup);
  deps = { ...log, sql: restored.sql };
});
afterEach(() => restored.end());

async function castBeforeBackup() {
  const { sql } = log;
  const polls = {
    fixed: await somePoll(sql),
    changing: await somePoll(sql, { allowChange: true }),
    closed: await somePoll(sql),
    // It has to be open when its votes are accepted, and over soon.
    ending: await somePoll(sql, { expiredAt: Date.now() + SHORTLY_MS }),
    ended: await somePoll(sql, { createdAt: Date.now() - 60_000, expiredAt: Date.now() - 30_000 }),
  };
  const ballots = Object.values(polls).flatMap((poll) => [
    someBallot(poll),
    someBallot(poll, { choices: 2 }),
  ]);
  await log.append(...ballots);
  await finish(sql, polls.ended);
  return { polls, ballots };
}

/** Votes, changes, repeats, a close, an end with final results, and a poll that the backup does not have. */
async function castAfterBackup() {
  const { sql } = log;
  const { polls, ballots } = before;
  const again = ballots.map(({ voterKey, mayChange, pollId }) =>
    someBallot({ id: pollId, allowChange: mayChange }, { voterKey, choices: 4 }),
  );
  const fresh = [polls.fixed, polls.changing, polls.closed, polls.ending].flatMap((poll) => {
    const ballot = someBallot(poll);
    return [
      ballot,
      someBallot(poll, { choices: 2, voterKey: ballot.voterKey }),
      someBallot(poll, { choices: 4 }),
    ];
  });
  const many = Array.from({ length: MANY }, (_, at) => someBallot(polls.fixed, { choices: 2 ** (at % 3) }));
  const unknown = await somePoll(sql);
  await Promise.all([log.append(...again), log.append(...many), log.append(...fresh, someBallot(unknown))]);
  await changePoll(sql, polls.closed.id, { closed: true });
  const { expiredAt } = polls.ending;
  await untilTrue(() => Date.now() > expiredAt);
  await finish(sql, polls.ending);
  return { fresh, many, unknown };
}

/** Makes results final as the schedule does, once markers have passed; the grace is none, to save the time. */
async function finish(sql: AnySql, poll: NewPoll): Promise<void> {
  await log.settle();
  await closeEndedPolls(sql, Date.now());
  await passMarkers(sql, PARTITIONS, 0, Date.now(), Date.now());
  await finalizePolls(sql, PARTITIONS, 0, Date.now());
  expect(await isFinal(sql, poll)).toBe(true);
}

const isFinal = async (sql: AnySql, { id }: NewPoll) => (await findPoll(sql, id, Date.now()))?.is_final;

const idsOf = (polls: NewPoll[]) => `{${polls.map(({ id }) => id).join()}}`;

/** All that counting has made of these polls. */
async function countedIn(sql: AnySql) {
  const ids = idsOf(Object.values(before.polls));
  const votes = await sql`
    select poll_id, voter_key, choices, accepted_at from votes join polls using (poll_key)
    where poll_id = any(${ids}::text::uuid[]) order by poll_id, voter_key`;
  const tallies = await sql`
    select polls.poll_id, position, votes, ballots from tallies join polls using (poll_key)
    where polls.poll_id = any(${ids}::text::uuid[]) order by polls.poll_id, position`;
  return { votes: [...votes], tallies: [...tallies] };
}

const versionOf = async (sql: AnySql, { id }: NewPoll) => (await findPoll(sql, id, Date.now()))?.version ?? 0;

/** Counts what comes after a restore, as an event source does whose group is ahead of the database. */
async function countLive(...ballots: LoggedBallot[]): Promise<void> {
  const places = await log.producer.produce(topics.votes, ballots.map(encodeBallot));
  for (const [at, ballot] of ballots.entries()) {
    const { partition, ...position } = places[at] ?? { partition: 0, appendTime: 0, offset: 0 };
    await tallyBallots(restored.sql, batchOf([{ ...ballot, ...position }], partition));
  }
  await log.settle();
}

/** Counting is past everything that the restored database lacks. */
async function passAll(): Promise<void> {
  await log.settle();
  await restored.sql`delete from partition_progress`;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const end = { appendTime: Date.now(), offset: 1_000_000 };
    await tallyBallots(restored.sql, { partition, ballots: [], end });
  }
}

test('counts what a restore took away, exactly as it was counted before', async () => {
  const lost = await countedIn(restored.sql);
  const dry = await replay(deps, backedUpAt, true);
  expect(await countedIn(restored.sql)).toEqual(lost);
  expect(await restored.sql`select from replays`).toEqual([]);

  const done = await replay(deps, backedUpAt, false);
  expect(await countedIn(restored.sql)).toEqual(await countedIn(log.sql));
  expect(await reconcile(restored.sql, false)).toEqual([]);
  // A voter each but for the repeats; two have changed their vote.
  expect(done).toMatchObject({ missing: MANY + 8 + 2, unknown: 1, cutPartitions: [] });
  expect(dry).toEqual({ ...done, finalsUndone: 0 });
  const again = await countedIn(restored.sql);
  expect(await replay(deps, backedUpAt, false)).toMatchObject({ ballots: done.ballots, missing: 0 });
  expect(await countedIn(restored.sql)).toEqual(again);
});

test('counts votes that waited to be counted at the moment of the backup, and those of a partition that never was', async () => {
  // As if the backup had been made later, when nothing more was counted.
  const from = Date.now() + MINUTE_MS;
  await restored.sql`delete from partition_progress where partition = 1`;
  const dry = await replay(deps, from, true);
  const done = await replay(deps, from, false);
  expect(done).toMatchObject({ missing: MANY + 8 + 2, unknown: 1, cutPartitions: [] });
  expect(dry).toEqual(done);
  expect(await countedIn(restored.sql)).toEqual(await countedIn(log.sql));
  expect(await reconcile(restored.sql, false)).toEqual([]);
  // Partitions that are counted cost nothing, however old their last record is.
  expect(await replay(deps, from, false)).toMatchObject({ ballots: 0, missing: 0 });
});

test('a repeated replay sets aside the votes of unknown polls that the failed one could not', async () => {
  const from = Date.now() + MINUTE_MS;
  const away = { ...log.producer, settle: () => Promise.reject(new Error('Kafka is away')) };
  await expect(replay({ ...deps, producer: away }, from, false)).rejects.toThrow('Kafka is away');
  expect(await replay(deps, from, false)).toMatchObject({ unknown: 1 });
  expect(await countedIn(restored.sql)).toEqual(await countedIn(log.sql));
});

test('npm run replay says what is missing, and counts it', async () => {
  const { config } = restored;
  const run = (...args: string[]) =>
    operate('replay', ['--from', new Date(backedUpAt).toISOString(), ...args], {
      POSTGRES_HOST: config.host,
      POSTGRES_PORT: `${config.port}`,
      POSTGRES_DB: config.database,
      KAFKA_BROKERS: log.kafka.brokers.join(),
    });
  const dry = await run('--dry-run');
  expect(dry).toMatchObject({ exitCode: 0 });
  expect(dry.stdout).toMatch(new RegExp(`^At most ${MANY + 10} votes would be counted\\.$`, 'm'));
  const counted = await run('--json');
  expect(counted.exitCode).toBe(0);
  expect(JSON.parse(counted.stdout)).toMatchObject({ dry_run: false, missing: MANY + 10, unknown: 1 });
  expect((await run()).stdout).toMatch(/^Counted 0 missing votes\.$/m);
  expect(await countedIn(restored.sql)).toEqual(await countedIn(log.sql));
});

test('records its progress', async () => {
  const idle: number[] = [];
  const begunAt = monotonicMs();
  const slow: typeof log.producer = {
    ...log.producer,
    produce: async (...order) => {
      for (const { idle_seconds } of await listReplays(restored.sql)) idle.push(idle_seconds);
      await restored.sql`update replays set moved_at = now() - interval '1 hour'`;
      await untilTrue(() => monotonicMs() - begunAt > 1_500);
      return log.producer.produce(...order);
    },
  };
  await replay({ ...deps, producer: slow }, backedUpAt, false);
  expect(idle.length).toBeGreaterThan(1);
  expect(idle[1]).toBeLessThan(60);
});

test('raises versions above all that viewers have seen', async () => {
  const { fixed, closed, changing, ending } = before.polls;
  await restored.sql`delete from boards`;
  await replay(deps, backedUpAt, false);
  for (const poll of [fixed, closed, changing, ending])
    expect(await versionOf(restored.sql, poll)).toBeGreaterThan(await versionOf(log.sql, poll));
  const board = await loadBoard(restored.sql, log.kafka.standingsPartitions - 1);
  expect(board.version).toBeGreaterThan(1_000_000);
  expect(board.postedVersion).toBe(board.version);
});

test('lets no results become final until a replay that failed is repeated', async () => {
  const { ending } = before.polls;
  await passAll();
  const away = { ...log.producer, produce: () => Promise.reject(new Error('Kafka is away')) };
  await expect(replay({ ...deps, producer: away }, backedUpAt, false)).rejects.toThrow('Kafka is away');
  await closeEndedPolls(restored.sql, Date.now());
  await passMarkers(restored.sql, PARTITIONS, 0, Date.now(), Date.now());
  expect(await finalizePolls(restored.sql, PARTITIONS, 0, Date.now())).toBeGreaterThan(0);
  expect(await isFinal(restored.sql, ending)).toBe(false);
  // Of a later moment, it does not do the other's work.
  const since = new Date(backedUpAt - 30_000).toISOString();
  const other = await replay(deps, Date.now() + 60_000, false);
  expect(other.unfinishedReplays).toMatchObject([{ since }]);
  await finalizePolls(restored.sql, PARTITIONS, 0, Date.now());
  expect(await isFinal(restored.sql, ending)).toBe(false);
  expect((await replay(deps, backedUpAt, true)).unfinishedReplays).toMatchObject([{ since }]);
  expect((await replay(deps, backedUpAt, false)).unfinishedReplays).toEqual([]);
  await finish(restored.sql, ending);
});

test('counts what a restore took away while counting goes on, and takes back results that are final too early', async () => {
  const { ending, ended, changing, fixed } = before.polls;
  const live = [
    someBallot(fixed),
    someBallot(changing, { voterKey: later.fresh[3]?.voterKey ?? '', choices: 1 }),
  ];
  await countLive(...live);
  await passAll();
  await finish(restored.sql, ending);
  expect(await countedIn(restored.sql)).not.toEqual(await countedIn(log.sql));

  const done = await replay(deps, backedUpAt, false);
  expect(done.finalsUndone).toBeGreaterThanOrEqual(1);
  expect(await isFinal(restored.sql, ending)).toBe(false);
  expect(await countedIn(restored.sql)).toEqual(await countedIn(log.sql));
  await finish(restored.sql, ending);
  expect(await isFinal(restored.sql, ended)).toBe(true);
  expect(await countedIn(restored.sql)).toEqual(await countedIn(log.sql));
  expect(await reconcile(restored.sql, false)).toEqual([]);
});
