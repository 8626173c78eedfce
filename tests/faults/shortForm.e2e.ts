import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { AnySql, Sql } from '../../lib/sql/client.ts';
import { countedBy, countsOf } from '../support/system/countedLog.ts';
import { NO_DRIFT, reconciled } from '../support/system/reconciled.ts';
import { Finals } from './checks/finals.ts';
import { describeFindings, type Finding } from './checks/finding.ts';
import { checkReplay } from './checks/replay.ts';
import { judgeNotices } from './checks/told.ts';
import { type Counted, checkDrift, checkRows, checkSums } from './checks/votes.ts';
import type { Notice } from './load/notices.ts';
import { faultsNamed, planFaults } from './plan.ts';
import { type Played, playRound } from './round.ts';
import { startWorld } from './worlds/startWorld.ts';
import type { World, WorldName } from './worlds/world.ts';

/** `npm run faults` draws all kinds, for as long as it is asked to; here, some are injected once, two at a time. */
const SEED = 1;
const MAX_FAULT_MS = 2_500;
const FINAL_WITHIN_MS = 60_000;
/** How often a voter may be told in the round that is sabotaged. */
const ALLOWED = 4;
/** What is stuck is found out in several places after 90 s in each, and then says more than a test that timed out. */
jest.setTimeout(600_000);

const STEPPED = 'postmaster frozen + clock steps back';
const PROXIED = [
  'broker frozen + backend killed',
  STEPPED,
  'everything killed',
  'network to PostgreSQL cuts answers + garbage in the log',
  'network to Kafka holds bytes back + records produced again',
  ...faultsNamed('disk of PostgreSQL full').map(({ name }) => name),
];
const CLUSTER = ['one of three brokers killed', 'three brokers restarted in turn', 'offsets reset'];
const EMBEDDED = ['broker killed + postmaster killed', 'npm start killed'];
const NUMBERS = new Map([...PROXIED, ...CLUSTER, ...EMBEDDED].map((names, number) => [names, number]));

/** A world in which rounds are played one after the other, whether or not a test already waits for them. */
class Stage {
  readonly #world: Promise<World>;
  readonly #rounds = new Map<string, Promise<Played>>();
  readonly finals = new Finals();

  /** @param names of faults that are injected at once, with a plus between them; a round each */
  constructor(name: WorldName, rounds: string[]) {
    this.#world = startWorld(name);
    let before: Promise<unknown> = this.#world;
    for (const names of rounds) {
      const round = before.then(() => this.#play(names));
      this.#rounds.set(names, round);
      // Whatever it finds, it says so where it is waited for.
      before = round.catch(() => {});
    }
  }

  get world(): Promise<World> {
    return this.#world;
  }

  round(names: string): Promise<Played> {
    const round = this.#rounds.get(names);
    if (!round) throw new RangeError(`There is no round ${names}.`);
    return round;
  }

  async #play(names: string): Promise<Played> {
    const world = await this.#world;
    const faults = names.split(' + ').flatMap((name) => faultsNamed(name).slice(0, 1));
    expect(faults.map(({ name }) => name).join(' + ')).toBe(names);
    const plan = planFaults(SEED, NUMBERS.get(names) ?? Number.NaN, world.name, faults);
    const lastsMs = Math.min(plan.lastsMs, MAX_FAULT_MS);
    const played = await playRound(world, { ...plan, lastsMs }, this.finals);
    if (played.findings.length === 0) return played;
    throw new Error([...describeFindings(played.findings), '', world.system.recentOutput()].join('\n'));
  }

  /** Stops the world after its last round. */
  async stop(): Promise<void> {
    await Promise.allSettled([...this.#rounds.values()]);
    const [started] = await Promise.allSettled([this.#world]);
    if (started.status === 'fulfilled') await started.value.stop();
  }
}

let proxied: Stage;
let cluster: Stage;
let embedded: Promise<Stage>;

// Rounds mostly wait: for sessions to end, for servers to start, for results to be final. So two worlds at a time share
// the machine, and the whole takes as long as the first.
beforeAll(() => {
  proxied = new Stage('proxied', PROXIED);
  cluster = new Stage('cluster', CLUSTER);
  embedded = cluster.stop().then(() => new Stage('embedded', EMBEDDED));
});
afterAll(async () => {
  await proxied.stop();
  await (await embedded).stop();
});

async function expectNothingFound(stage: Stage, names: string): Promise<void> {
  const { counted } = await stage.round(names);
  expect(counted.voters.length).toBeGreaterThan(0);
}

describe('every vote counts once when, behind proxies,', () => {
  let world: World;
  let counted: Counted;

  test.each(PROXIED)('%s', (names) => expectNothingFound(proxied, names));

  test('sabotage of rows and tallies is detected', async () => {
    world = await proxied.world;
    ({ counted } = await proxied.round(PROXIED.at(-1) ?? ''));
    const found = (sabotage: Sabotage) => whatIsFound(world.sql, sabotage, counted);
    expect(await found(removeRow)).toEqual(expect.arrayContaining(['lost']));
    expect(await found(changeRow)).toEqual(expect.arrayContaining(['wrong']));
    expect(await found(addRow)).toEqual(expect.arrayContaining(['doubled']));
    expect(await found(raiseTally)).toEqual(['doubled']);
    expect(await found(async () => {})).toEqual([]);
  });

  test('votes that are rejected though their polls were open are detected, even if a clock was wrong', async () => {
    const stepped = await proxied.round(STEPPED);
    const outcomes = new Map([...stepped.counted.outcomes.keys()].map((receipt) => [receipt, 'poll_closed']));
    const findings = await checkRows(world.sql, { ...stepped.counted, outcomes });
    expect(findings.map(({ kind }) => kind)).toContain('lost');
  });

  test('WebSocket voters are told, and sabotage of that is detected', async () => {
    const { notices } = await proxied.round(PROXIED.at(-1) ?? '');
    const told = notices.filter((notice) => notice.told.length > 0);
    expect(told.length).toBeGreaterThan(0);
    const found = (change: Partial<Notice>) =>
      judgeNotices(
        told.map((notice) => ({ ...notice, ...change })),
        counted.outcomes,
        ALLOWED,
      ).length;
    expect(found({})).toBe(0);
    expect(found({ told: [], isListening: () => true })).toBeGreaterThan(0);
    expect(found({ told: Array.from({ length: ALLOWED + 1 }, () => 'counted') })).toBeGreaterThan(0);
  });

  test('final results do not change, and sabotage of them is detected', async () => {
    const { httpUrl } = world.system;
    const { finals } = proxied;
    expect(await finals.finish(httpUrl, FINAL_WITHIN_MS)).toEqual([]);
    await raiseTally(world.sql, counted);
    const found = await finals.finish(httpUrl, FINAL_WITHIN_MS);
    expect(found.map(({ kind }) => kind)).toEqual(['wrong']);
    expect(await checkSums(httpUrl, world.sql, counted.polls)).toHaveLength(1);
  });

  test('a replay of the log gives the same rows, and sabotage of a row is detected', async () => {
    if (world.name === 'embedded')
      throw new Error('Its servers end with the process that would have to be away.');
    expect(await checkReplay(world)).toEqual([]);
    await changeRow(world.sql, counted);
    expect((await checkReplay(world)).map(({ kind }) => kind)).toEqual(['wrong']);
  });
});

describe('every vote counts once when, with three brokers,', () => {
  test.each(CLUSTER)('%s', (names) => expectNothingFound(cluster, names));
});

describe('every vote counts once when, as `npm start` brings it up,', () => {
  test.each(EMBEDDED)('%s', async (names) => expectNothingFound(await embedded, names));

  test('another group replays the whole log with the same result', async () => {
    const { system } = await (await embedded).world;
    const counts = await countsOf(system);
    await system.restart({ KAFKA_GROUP_ID: 'another' });
    expect(await countedBy(system, 'another-votes')).toBeGreaterThan(0);
    expect(await countsOf(system)).toEqual(counts);
    expect(reconciled(system.ports.postgres)).toEqual(NO_DRIFT);
  });
});

type Sabotage = (sql: AnySql, counted: Counted) => Promise<unknown>;

/** Kinds of what the checks find in a database that is sabotaged for them alone. */
async function whatIsFound(sql: Sql, sabotage: Sabotage, counted: Counted): Promise<string[]> {
  let findings: Finding[] = [];
  const undone = new Error('The sabotage is undone.');
  const inside = sql.begin(async (tx) => {
    await sabotage(tx, counted);
    findings = [...(await checkRows(tx, counted)), ...(await checkDrift(tx))];
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
