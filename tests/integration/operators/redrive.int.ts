import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { encodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import type { OutgoingRecord, RecordPosition } from '../../../lib/kafka/producer.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { type RedriveDeps, redrive } from '../../../lib/operators/redrive.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { reconcile } from '../../../lib/sql/drift.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { moveToDeadLetters } from '../../../lib/votes/deadLetters.ts';
import { type LoggedBallot, someBallot, somePoll } from '../../support/database/polls.ts';
import { operate } from '../../support/system/operate.ts';
import { type CountedLog, startCountedLog } from './redriveFixture.ts';

/** Megabytes at once, and several batches to send. */
const MANY = 20_000;

let log: CountedLog;

beforeAll(async () => {
  log = await startCountedLog();
});
afterAll(() => log?.stop());

/** What cannot be read and never will be stays for the tests that come after. */
let rubbish: unknown[] = [];
afterEach(async () => {
  rubbish = (await list()).map(({ offset }) => offset);
});

const list = async () => (await redrive(log, false)).standing;
const fresh = async () => (await list()).filter(({ offset }) => !rubbish.includes(offset));
const send = (deps: RedriveDeps = log) => redrive(deps, true);
const countsOf = async ({ id }: { id: string }) =>
  (await findPoll(log.sql, id, Date.now()))?.options.map((option) => option.vote_count);

/** Ballots that this version cannot read when they come, and can read afterwards. */
async function appendStrange(...ballots: LoggedBallot[]): Promise<RecordPosition[]> {
  for (const { voterKey } of ballots) log.strangers.add(voterKey);
  const places = await log.append(...ballots);
  log.strangers.clear();
  return places;
}

describe('a dead-lettered vote', () => {
  test('is listed, counts once after it is sent, is sent once, and reports accepted until then', async () => {
    const poll = await somePoll(log.sql);
    const ballot = someBallot(poll);
    const [place] = (await appendStrange(ballot)) as [RecordPosition];
    const { appendTime, ...where } = place;
    expect(await fresh()).toEqual([
      {
        offset: expect.any(Number),
        set_aside_at: expect.stringMatching(/Z$/),
        stood_at: { topic: 'votes', ...where, append_time: new Date(appendTime).toISOString() },
        reason: 'Too new.',
        can_be_sent: true,
        obstacle: null,
      },
    ]);
    expect(await log.statusOf(ballot, place)).toEqual({ status: 'accepted' });
    const before = await log.settle();
    expect((await send()).sent).toBe(1);
    expect(await fresh()).toEqual([]);
    expect((await send()).sent).toBe(0);
    // Itself, and the three markers.
    expect(await log.settle()).toBe(before + 4);
    expect(await countsOf(poll)).toEqual([1, 0, 0]);
    expect(await log.statusOf(ballot, place)).toEqual({ status: 'counted' });
  });

  test('replaces an earlier vote of its voter, but not a later one, if votes may change', async () => {
    const poll = await somePoll(log.sql, { allowChange: true });
    const [early, late] = [someBallot(poll), someBallot(poll)];
    const earlyAgain = someBallot(poll, { voterKey: early.voterKey, choices: 2 });
    const lateAgain = someBallot(poll, { voterKey: late.voterKey, choices: 4 });
    const [earlyPlace] = (await appendStrange(early)) as [RecordPosition];
    const [, latePlace] = (await log.append(earlyAgain, late)) as [RecordPosition, RecordPosition];
    const [lateAgainPlace] = (await appendStrange(lateAgain)) as [RecordPosition];
    expect(await countsOf(poll)).toEqual([1, 1, 0]);
    const told = () =>
      Promise.all([
        log.statusOf(early, earlyPlace),
        log.statusOf(late, latePlace),
        log.statusOf(lateAgain, lateAgainPlace),
      ]);
    expect(await told()).toEqual([{ status: 'replaced' }, { status: 'counted' }, { status: 'accepted' }]);
    expect((await send()).sent).toBe(2);
    await log.settle();
    expect(await countsOf(poll)).toEqual([0, 1, 1]);
    expect(await told()).toEqual([{ status: 'replaced' }, { status: 'replaced' }, { status: 'counted' }]);
  });

  test('is one record, even if it was dead-lettered several times', async () => {
    const poll = await somePoll(log.sql);
    const { key, value } = encodeBallot(someBallot(poll));
    const record = letterOf({ key, value }, { partition: 2, offset: 1_000_000, appendTime: Date.now() });
    await moveToDeadLetters(log.producer, [record, record]);
    await moveToDeadLetters(log.producer, [record]);
    expect(await fresh()).toHaveLength(1);
    expect((await send()).sent).toBe(1);
    await log.settle();
    expect(await countsOf(poll)).toEqual([1, 0, 0]);
  });

  test('stays after its poll has ended, until the poll is reopened', async () => {
    const poll = await somePoll(log.sql);
    await appendStrange(someBallot(poll));
    await changePoll(log.sql, poll.id, { closed: true });
    await appendStrange(someBallot(poll, { acceptedAt: Date.now() * 1_000 }));
    const obstacles = (await fresh()).map(({ obstacle }) => obstacle);
    expect(obstacles).toHaveLength(2);
    expect(obstacles).toEqual(expect.arrayContaining([null, expect.stringContaining('The poll has ended.')]));
    // Whether one that is rejected in any case is sent or not changes no result.
    expect(await send()).toMatchObject({ sent: 1 });
    await log.settle();
    expect(await fresh()).toHaveLength(1);
    expect(await countsOf(poll)).toEqual([0, 0, 0]);
    await changePoll(log.sql, poll.id, { expired_at: Date.now() + 3_600_000 });
    expect(await send()).toMatchObject({ sent: 1 });
    await log.settle();
    expect(await countsOf(poll)).toEqual([1, 0, 0]);
  });

  test('stays if its poll was never in this database', async () => {
    const poll = await somePoll(log.sql);
    await appendStrange(someBallot({ id: v7(), allowChange: false }), someBallot(poll));
    const obstacles = (await fresh()).map(({ obstacle }) => obstacle);
    expect(obstacles).toHaveLength(2);
    expect(obstacles).toEqual(
      expect.arrayContaining([null, 'The poll of this vote never existed in this database.']),
    );
    expect(await send()).toMatchObject({ sent: 1 });
    await log.settle();
    expect(await fresh()).toHaveLength(1);
    expect(await countsOf(poll)).toEqual([1, 0, 0]);
  });

  test('keeps its first append time when it is dead-lettered again', async () => {
    const poll = await somePoll(log.sql, { allowChange: true });
    const early = someBallot(poll);
    await appendStrange(early);
    await log.append(someBallot(poll, { voterKey: early.voterKey, choices: 2 }));
    // The fix is in where it is sent, and not yet where it is counted.
    log.strangers.add(early.voterKey);
    expect((await send()).sent).toBe(1);
    await log.settle();
    log.strangers.clear();
    expect(await fresh()).toMatchObject([{ can_be_sent: true }]);
    expect((await send()).sent).toBe(1);
    await log.settle();
    expect(await countsOf(poll)).toEqual([0, 1, 0]);
  });

  test('is not sent while Kafka rejects it, and is sent afterwards', async () => {
    const poll = await somePoll(log.sql);
    await appendStrange(someBallot(poll));
    const away = { ...log.producer, produce: () => Promise.reject(new Error('Kafka is away')) };
    await expect(send({ ...log, producer: away })).rejects.toThrow('Kafka is away');
    expect(await fresh()).toHaveLength(1);
    expect((await send()).sent).toBe(1);
  });
});

test('a foreign record in votes.dlq is listed and stays', async () => {
  const { produce } = log.producer;
  const letter = { partition: 0, key: null, value: null };
  await produce(topics.deadLetters, [
    letter,
    { ...letter, headers: { partition: 'one', reason: 'Why not?' } },
  ]);
  expect((await send()).sent).toBe(0);
  const obstacle = "The record's headers lack its original position.";
  expect(await fresh()).toMatchObject([
    { reason: '', stood_at: null, can_be_sent: false, obstacle },
    { reason: 'Why not?', stood_at: null, can_be_sent: false, obstacle },
  ]);
});

/** An unreadable record as `tallyVotes` would set it aside. */
function letterOf({ key, value }: Pick<OutgoingRecord, 'key' | 'value'>, place: RecordPosition) {
  const record = {
    topic: topics.votes,
    partition: place.partition,
    offset: place.offset,
    timestamp: place.appendTime,
    timestampType: 'LOG_APPEND_TIME' as const,
    key: key?.toString('base64') ?? '',
    value: value?.toString('base64') ?? '',
    headers: [],
  };
  return { record, reason: 'Once unreadable.' };
}

const HOW = ['calmly', 'dying before it sends', 'dying after it has sent', 'two at a time'] as const;
type How = (typeof HOW)[number];

interface Vote {
  voter: number;
  position: number;
  /** In the order of this, where votes may change. */
  acceptedMs: number;
  /** Counted when it came, or set aside: once or twice, to be read now or never. */
  came: 'counted' | 'set aside' | 'set aside twice' | 'unreadable' | 'unreadable twice';
}

const vote: fc.Arbitrary<Vote> = fc.record({
  voter: fc.nat(3),
  position: fc.nat(2),
  acceptedMs: fc.integer({ min: 1, max: 50 }),
  came: fc.constantFrom('counted', 'set aside', 'set aside twice', 'unreadable', 'unreadable twice'),
});
const round = fc.record({
  votes: fc.array(vote, { minLength: 1, maxLength: 8 }),
  how: fc.constantFrom(...HOW),
});
const history = fc.record({
  allowChange: fc.boolean(),
  rounds: fc.array(round, { minLength: 1, maxLength: 3 }),
});

/** @returns how many were sent, as far as somebody lived to tell */
async function redriveIn(how: How): Promise<number> {
  if (how === 'calmly') return (await send()).sent;
  if (how === 'two at a time') {
    const [one, other] = await Promise.all([send(), send()]);
    return one.sent + other.sent;
  }
  const { producer } = log;
  const produce: typeof producer.produce = async (topic, records) => {
    if (how === 'dying after it has sent') await producer.produce(topic, records);
    throw new Error('killed');
  };
  // Where there is nothing to send, it lives.
  const outcome = await send({ ...log, producer: { ...producer, produce } }).catch((error) => error);
  expect(outcome).toMatchObject(outcome instanceof Error ? { message: 'killed' } : { sent: 0 });
  return 0;
}

/** The plainest reading of the rules: the first of a voter stands, or the one that was accepted last. */
function standingOf(ballots: LoggedBallot[], allowChange: boolean): LoggedBallot[] {
  const standing = new Map<string, LoggedBallot>();
  for (const ballot of ballots) {
    const other = standing.get(ballot.voterKey);
    if (!other || (allowChange && ballot.acceptedAt > other.acceptedAt))
      standing.set(ballot.voterKey, ballot);
  }
  return [...standing.values()];
}

let offset = 2_000_000;

test('each vote counts once and the rest stays, whatever the dead letters and wherever a redrive crashes', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ allowChange, rounds }) => {
      const before = new Set((await list()).map((one) => one.offset));
      const poll = await somePoll(log.sql, { allowChange });
      const counted: LoggedBallot[] = [];
      const waiting: LoggedBallot[] = [];
      const started = Date.now();
      const amounts = { sent: 0, readable: 0, unreadable: 0 };

      async function cast({ voter, position, acceptedMs, came }: Vote): Promise<void> {
        offset += 1;
        const acceptedAt = (started + acceptedMs) * 1_000 + (offset % 1_000);
        const place = { offset, appendTime: started };
        const voterKey = `${voter}`.padStart(32, '0');
        const ballot = someBallot(poll, { ...place, acceptedAt, voterKey, choices: 2 ** position });
        const isReadable = !came.startsWith('unreadable');
        if (isReadable) (came === 'counted' ? counted : waiting).push(ballot);
        if (came === 'counted') {
          await tallyBallots(log.sql, { partition: 0, ballots: [ballot], end: { appendTime: 0, offset: 0 } });
          return;
        }
        amounts[isReadable ? 'readable' : 'unreadable'] += 1;
        const { key, value } = encodeBallot(ballot);
        const bytes = { key, value: isReadable ? value : value.subarray(1) };
        const letter = letterOf(bytes, { partition: 0, ...place });
        await moveToDeadLetters(log.producer, came.endsWith('twice') ? [letter, letter] : [letter]);
      }

      for (const { votes, how } of rounds) {
        // Those that are counted as they come, come first.
        const inOrder = votes.toSorted((a, b) => Number(b.came === 'counted') - Number(a.came === 'counted'));
        for (const one of inOrder) await cast(one);
        amounts.sent += await redriveIn(how);
        await log.settle();
        if (how !== 'dying before it sends') counted.push(...waiting.splice(0));
      }
      amounts.sent += await redriveIn('calmly');
      await log.settle();

      const standing = standingOf([...counted, ...waiting], allowChange);
      const votesFor = (choices: number) => standing.filter((one) => one.choices === choices).length;
      expect(await countsOf(poll)).toEqual([1, 2, 4].map(votesFor));
      expect(await reconcile(log.sql, false)).toEqual([]);
      const left = (await list()).filter((one) => !before.has(one.offset));
      expect(left.filter((one) => one.can_be_sent)).toEqual([]);
      expect([amounts.sent, left.length]).toEqual([amounts.readable, amounts.unreadable]);
    }),
    { numRuns: 15 },
  );
});

test('npm run redrive lists votes, sends thousands, and prints what remains', async () => {
  const { config } = log.database;
  const poll = await somePoll(log.sql);
  const letters = Array.from({ length: MANY }, (_, at) => {
    return letterOf(encodeBallot(someBallot(poll)), { partition: 1, offset: 3_000_000 + at, appendTime: 7 });
  });
  // A few at a time: a broker that shares its machine with all other tests takes seconds for all of them.
  for (let from = 0; from < MANY; from += 2_000)
    await moveToDeadLetters(log.producer, letters.slice(from, from + 2_000));
  const before = rubbish.length;
  const run = (...args: string[]) =>
    operate('redrive', args, {
      POSTGRES_HOST: config.host,
      POSTGRES_PORT: `${config.port}`,
      POSTGRES_DB: config.database,
      KAFKA_BROKERS: log.kafka.brokers.join(),
      VOTES_PARTITIONS: `${log.kafka.votesPartitions}`,
    });
  const listed = await run();
  expect(listed.exitCode).toBe(0);
  // Nothing but how long it takes.
  expect(listed.stderr).toMatch(/^(?:.* \(\d+ s\)\n)*$/);
  expect(listed.stdout).toMatch(/ {2}from votes 1\/3000000 {2}Once unreadable\. {2}Can be sent now\.\n/);
  const summary = `${before + MANY} dead letters; ${MANY} can be sent now.\n`;
  expect(listed.stdout.endsWith(summary)).toBe(true);

  const sent = await run('--send', '--json');
  expect([sent.exitCode, JSON.parse(sent.stdout)]).toEqual([0, { sent: MANY, standing: await list() }]);
  expect(await run('--send')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`Sent 0 votes; ${before} remain.`),
  });
  await log.settle();
  expect(await countsOf(poll)).toEqual([MANY, 0, 0]);
});
