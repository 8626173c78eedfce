import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { AnySql } from '../../lib/sql/client.ts';
import { countedBy, countsOf } from '../support/system/countedLog.ts';
import { NO_DRIFT, reconciled } from '../support/system/reconciled.ts';
import { Finals } from './checks/finals.ts';
import { describeFindings, type Finding } from './checks/finding.ts';
import { checkReplay } from './checks/replay.ts';
import { type Counted, checkDrift, checkRows, checkSums } from './checks/votes.ts';
import { faultsNamed, planFaults } from './plan.ts';
import { type Played, playRound } from './round.ts';
import { startWorld } from './worlds/startWorld.ts';
import type { World, WorldName } from './worlds/world.ts';

/** `npm run faults` draws all kinds, for as long as it is asked to; here, some are injected once, two at a time. */
const SEED = 1;
const LONGEST_FAULT_MS = 2_500;
const FINAL_WITHIN_MS = 60_000;
/** What is stuck is found out in several places after 90 s in each, and then says more than a test that timed out. */
jest.setTimeout(600_000);

let world: World;
let finals: Finals;
let last: Played;
let number = 0;

/** Starts a world for the tests of a group. */
function inWorld(name: WorldName): void {
  beforeAll(async () => {
    world = await startWorld(name);
    finals = new Finals();
  });
  afterAll(() => world?.stop());
}

/** @param names of faults that are injected at once, with a plus between them */
async function expectNothingFound(names: string): Promise<void> {
  const faults = names.split(' + ').flatMap((name) => faultsNamed(name).slice(0, 1));
  expect(faults.map(({ name }) => name).join(' + ')).toBe(names);
  const plan = planFaults(SEED, number++, world.name, faults);
  last = await playRound(world, { ...plan, lastsMs: Math.min(plan.lastsMs, LONGEST_FAULT_MS) }, finals);
  if (last.findings.length > 0) {
    throw new Error([...describeFindings(last.findings), '', world.system.recentOutput()].join('\n'));
  }
  expect(last.counted.voters.length).toBeGreaterThan(0);
}

describe('every vote counts once when, behind proxies,', () => {
  inWorld('proxied');

  test.each([
    'broker frozen + backend killed',
    'postmaster frozen + clock steps back',
    'everything killed',
    'network to PostgreSQL cuts answers + garbage in the log',
    'network to Kafka holds bytes back + records produced again',
    'offsets reset',
    ...faultsNamed('disk of PostgreSQL full').map(({ name }) => name),
  ])('%s', expectNothingFound);

  test('sabotage of rows and tallies is detected', async () => {
    const { counted } = last;
    expect(await whatIsFound(removeRow, counted)).toEqual(expect.arrayContaining(['lost']));
    expect(await whatIsFound(changeRow, counted)).toEqual(expect.arrayContaining(['wrong']));
    expect(await whatIsFound(addRow, counted)).toEqual(expect.arrayContaining(['doubled']));
    expect(await whatIsFound(raiseTally, counted)).toEqual(['doubled']);
    expect(await whatIsFound(async () => {}, counted)).toEqual([]);
  });

  test('final results do not change, and sabotage of them is detected', async () => {
    const { httpUrl } = world.system;
    expect(await finals.finish(httpUrl, FINAL_WITHIN_MS)).toEqual([]);
    await raiseTally(world.sql, last.counted);
    const found = await finals.finish(httpUrl, FINAL_WITHIN_MS);
    expect(found.map(({ kind }) => kind)).toEqual(['wrong']);
    expect(await checkSums(httpUrl, world.sql, last.counted.polls)).toHaveLength(1);
  });

  test('a replay of the log gives the same rows, and sabotage of a row is detected', async () => {
    if (world.name === 'embedded')
      throw new Error('Its servers end with the process that would have to be away.');
    expect(await checkReplay(world)).toEqual([]);
    await changeRow(world.sql, last.counted);
    expect((await checkReplay(world)).map(({ kind }) => kind)).toEqual(['wrong']);
  });
});

describe('every vote counts once when, with three brokers,', () => {
  inWorld('cluster');
  test.each(['one of three brokers killed', 'three brokers restarted in turn'])('%s', expectNothingFound);
});

describe('every vote counts once when, as `npm start` brings it up,', () => {
  inWorld('embedded');
  test.each(['broker killed + postmaster killed', 'npm start killed'])('%s', expectNothingFound);

  test('another group replays the whole log with the same result', async () => {
    const counts = await countsOf(world.system);
    await world.system.restart({ KAFKA_GROUP_ID: 'another' });
    expect(await countedBy(world.system, 'another-votes')).toBeGreaterThan(0);
    expect(await countsOf(world.system)).toEqual(counts);
    expect(reconciled(world.system.ports.postgres)).toEqual(NO_DRIFT);
  });
});

type Sabotage = (sql: AnySql, counted: Counted) => Promise<unknown>;

/** Kinds of what the checks find in a database that is sabotaged for them alone. */
async function whatIsFound(sabotage: Sabotage, counted: Counted): Promise<string[]> {
  let findings: Finding[] = [];
  const undone = new Error('The sabotage is undone.');
  const inside = world.sql.begin(async (sql) => {
    await sabotage(sql, counted);
    findings = [...(await checkRows(sql, counted)), ...(await checkDrift(sql))];
    throw undone;
  });
  await expect(inside).rejects.toBe(undone);
  return [...new Set(findings.map(({ kind }) => kind))];
}

const keyOf = (sql: AnySql, { polls: [poll] }: Counted) =>
  sql`(select poll_key from polls where poll_id = ${poll?.id ?? null}::uuid)`;
const someRow = (sql: AnySql, counted: Counted) =>
  sql`(select ctid from votes where poll_key = ${keyOf(sql, counted)} limit 1)`;

const removeRow: Sabotage = (sql, counted) => sql`delete from votes where ctid = ${someRow(sql, counted)}`;

const changeRow: Sabotage = (sql, counted) =>
  sql`update votes set choices = case choices when 1 then 2 else 1 end where ctid = ${someRow(sql, counted)}`;

const addRow: Sabotage = (sql, counted) => sql`
  insert into votes (poll_key, voter_key, choices, accepted_at)
  select poll_key, gen_random_uuid(), choices, accepted_at from votes where ctid = ${someRow(sql, counted)}`;

const raiseTally: Sabotage = (sql, counted) => sql`
  update tallies set votes = votes + 1, ballots = ballots + 1
  where poll_key = ${keyOf(sql, counted)} and position = 0`;
