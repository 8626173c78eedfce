import { setTimeout as delay } from 'node:timers/promises';
import type { Finals } from './checks/finals.ts';
import type { Finding } from './checks/finding.ts';
import { type Counted, checkDrift, checkRows, checkSums, readOutcomes } from './checks/votes.ts';
import type { Heal } from './kinds/fault.ts';
import { Crowd } from './load/crowd.ts';
import { now } from './load/now.ts';
import { Owner } from './load/owner.ts';
import { Watchers } from './load/watchers.ts';
import type { RoundPlan } from './plan.ts';
import { acceptingAgain, countingAgain, untilAccepted } from './recovery.ts';
import type { World } from './worlds/world.ts';

export interface RoundResult {
  kinds: string[];
  votes: number;
  findings: Finding[];
  /** Seconds from the end of the faults, or from their beginning where others are to go on. */
  accepting?: number;
  counting?: number;
}

/** What everybody did in the round, for further checks. */
export interface Played extends RoundResult {
  counted: Counted;
}

/** Before a fault, so that it hits votes on every part of their way. */
const VOTES_BEFORE = 100;
/** Longer than anything may take to come back by itself. */
const STUCK_MS = 90_000;
const ENDING_SECONDS: [number, number] = [5, 9];

/** Votes, breaks things meanwhile, heals them, and checks everybody's vote. */
export async function playRound(world: World, plan: RoundPlan, finals: Finals): Promise<Played> {
  const { number, owner: random } = plan;
  const { httpUrl, wsUrl } = world.system;
  const stepsClock = plan.faults.some((fault) => fault.stepsClock);
  const owner = new Owner(httpUrl);
  const polls = [
    await owner.make(),
    await owner.make({ allow_change: true }),
    await owner.make({
      max_choices: 3,
      options: ['Red', 'Green', 'Blue', 'Pink'],
      allow_change: random.percent(50),
    }),
    await owner.make({ allow_change: random.percent(50) }),
    await owner.make({ expires_in: random.whole(...ENDING_SECONDS) }),
  ];
  const watchers = new Watchers(wsUrl, httpUrl, polls);
  const crowd = new Crowd({
    httpUrl,
    lives: watchers.lives,
    polls,
    random: plan.crowd,
    name: `round ${number} voter`,
  });
  const findings: Finding[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      findings.push({ kind: 'stuck', said: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };

  crowd.start();
  const [, , , changing] = polls;
  if (changing && !stepsClock) owner.keepChanging(changing, random);
  await attempt(() => untilAccepted(crowd, VOTES_BEFORE, STUCK_MS));
  const times = await attempt(() => breakAndHeal(world, plan, crowd));
  await attempt(() => owner.rest(STUCK_MS));
  await attempt(() => crowd.finish(STUCK_MS));

  const outcomes = await readOutcomes(httpUrl, crowd.voters, STUCK_MS);
  const certaintiesOf = (poll: (typeof polls)[number]) => (stepsClock ? [] : owner.certaintiesOf(poll));
  const counted = { voters: crowd.voters, polls, voterSecret: world.voterSecret, outcomes, certaintiesOf };
  const check = async (work: () => Promise<Finding[]>) => findings.push(...((await attempt(work)) ?? []));
  await check(() => checkRows(world.sql, counted));
  await check(() => checkDrift(world.sql));
  await check(() => checkSums(httpUrl, world.sql, polls));
  await attempt(() => watchers.agree(STUCK_MS));
  for (const said of [...crowd.strange, ...owner.strange]) findings.push({ kind: 'wrong', said });
  await attempt(() => Promise.all(polls.map((poll) => owner.close(poll))));
  await attempt(() => finals.add(httpUrl, polls));
  await check(() => finals.check(httpUrl, random));

  watchers.close();
  await Promise.all([crowd.close(), owner.destroy()]);
  const kinds = plan.faults.map(({ name }) => name);
  return { kinds, votes: crowd.accepted.length, findings, counted, ...times };
}

interface Times {
  accepting: number;
  counting: number;
}

async function breakAndHeal(world: World, plan: RoundPlan, crowd: Crowd): Promise<Times> {
  const { faults, lastsMs } = plan;
  const brokenAt = now();
  const healAll = await inject(world, plan);
  const recover = async (since: number): Promise<Times> => {
    const [accepting, counting] = await Promise.all([
      acceptingAgain(crowd, since, STUCK_MS),
      countingAgain(crowd, world.system.httpUrl, since, STUCK_MS),
    ]);
    return { accepting, counting };
  };
  if (faults.some(({ recoversMeanwhile }) => recoversMeanwhile)) {
    const [times] = await Promise.all([recover(brokenAt), delay(lastsMs)]).finally(healAll);
    return times;
  }
  await delay(lastsMs);
  await healAll();
  return recover(now());
}

/** @returns heals all of them */
async function inject(world: World, { faults, random }: RoundPlan): Promise<Heal> {
  const heals: Heal[] = [];
  const healAll = async () => {
    await Promise.all(heals.map((heal) => heal()));
  };
  try {
    for (const fault of faults) heals.push(await fault.inject(world, random));
  } catch (error) {
    await healAll();
    throw error;
  }
  return healAll;
}
