import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../lib/concurrency/deadline.ts';
import type { MadePoll } from '../support/http/api.ts';
import { type ClockStep, certainDespite } from './checks/certainty.ts';
import type { Finals } from './checks/finals.ts';
import { alike, type Finding } from './checks/finding.ts';
import { judgeOutput } from './checks/output.ts';
import { checkTold } from './checks/told.ts';
import { type Counted, checkDrift, checkRows, checkSums, readOutcomes } from './checks/votes.ts';
import type { Fault, Heal } from './kinds/fault.ts';
import { Crowd } from './load/crowd.ts';
import type { Notice } from './load/notices.ts';
import { now } from './load/now.ts';
import { Owner } from './load/owner.ts';
import { Watchers } from './load/watchers.ts';
import type { RoundPlan } from './plan.ts';
import type { Random } from './random.ts';
import { longestTimes, type Times, timesAgain, untilAccepted } from './recovery.ts';
import type { World, WorldName } from './worlds/world.ts';

export interface RoundResult {
  kinds: string[];
  votes: number;
  findings: Finding[];
  /** Seconds from the end of the faults, or from their beginning if the other parts must go on meanwhile; or the longest
   * gap. */
  accepting?: number;
  counting?: number;
}

/** The round with all voters' actions, for further checks. */
export interface Played extends RoundResult {
  counted: Counted;
  notices: readonly Notice[];
}

/** Accepted before the fault, so that it hits votes at every stage. */
const VOTES_BEFORE = 100;
/** Longer than any part may take to recover by itself. */
const STUCK_MS = 90_000;
const CHECKED_WITHIN_MS = 10_000;
/** The stepped process reads its clock's file a moment later; one that is frozen, when it is resumed. */
const STEP_TAKEN_WITHIN_MS = 1_000;
const ENDING_SECONDS: [number, number] = [5, 9];

/** Injects faults while people vote, heals them, and checks every vote. */
export async function playRound(world: World, plan: RoundPlan, finals: Finals): Promise<Played> {
  const { httpUrl, wsUrl } = world.system;
  const owner = new Owner(httpUrl);
  const polls = await makePolls(owner, plan.owner);
  const watchers = new Watchers(wsUrl, httpUrl, polls);
  const name = `round ${plan.number} voter`;
  const crowd = new Crowd({ httpUrl, lives: watchers.lives, polls, random: plan.crowd, name });
  const findings: Finding[] = [];
  const attempt = attemptInto(findings);
  const look = async (work: () => Promise<Finding[]>) => findings.push(...((await attempt(work)) ?? []));
  const clockOffMs = plan.faults.reduce((sum, fault) => sum + (fault.clockOffMs ?? 0), 0);
  const steps: ClockStep[] = [];

  crowd.start();
  if (clockOffMs === 0) owner.keepChanging(polls[CHANGING] as MadePoll, plan.owner);
  await attempt(() => untilAccepted(crowd, VOTES_BEFORE, STUCK_MS));
  const times = await attempt(() => breakAndHeal(world, plan, crowd, steps));
  await attempt(() => owner.rest(STUCK_MS));
  await attempt(() => crowd.finish(STUCK_MS));

  const { voters } = crowd;
  const outcomes = await readOutcomes(httpUrl, voters, STUCK_MS);
  const certainties = new Map(
    polls.map((poll) => [poll.id, certainDespite(clockOffMs, owner.certaintiesOf(poll))]),
  );
  const counted = { voters, polls, voterSecret: world.voterSecret, outcomes, certainties, steps };
  // The first query over a connection that a restart has ended fails.
  await look(() => until(() => checkVotes(world, counted), CHECKED_WITHIN_MS));
  await attempt(() => watchers.agree(STUCK_MS));
  await attempt(() => Promise.all(polls.map((poll) => owner.close(poll))));
  await attempt(() => finals.add(httpUrl, polls));
  await look(() => finals.check(httpUrl, plan.owner));
  // Last, because what was not delivered goes with the next news, such as that of the polls' end.
  const notices = watchers.notices.all;
  await look(() => checkTold(notices, outcomes, MOST_TOLD, STUCK_MS));
  findings.push(...judgeOutput(world.system.newLines()));
  findings.unshift(...alike('wrong', [...crowd.strange, ...owner.strange]));

  watchers.close();
  await Promise.all([crowd.close(), owner.destroy()]);
  const kinds = plan.faults.map((fault) => fault.name);
  return { kinds, votes: crowd.accepted.length, findings, counted, notices, ...times };
}

/** As often as the interface allows, because a post's answer may be lost. */
const MOST_TOLD = 2;

/** The index of the poll that its owner closes and reopens. The next one ends by itself. */
const CHANGING = 3;

async function makePolls(owner: Owner, random: Random): Promise<MadePoll[]> {
  const changes = [
    {},
    { allow_change: true },
    { max_choices: 3, options: ['Red', 'Green', 'Blue', 'Pink'], allow_change: random.percent(50) },
    { allow_change: random.percent(50) },
    { expires_in: random.whole(...ENDING_SECONDS) },
  ];
  return Promise.all(changes.map((change) => owner.make(STUCK_MS, change)));
}

/** @returns a function that runs a part of the round and records its failure as a finding */
function attemptInto(findings: Finding[]) {
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      findings.push({ kind: 'stuck', said: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
}

async function checkVotes({ sql, system }: World, counted: Counted): Promise<Finding[]> {
  return [
    ...(await checkRows(sql, counted)),
    ...(await checkDrift(sql)),
    ...(await checkSums(system.httpUrl, sql, counted.polls)),
  ];
}

/** @param steps receives when clocks were stepped */
async function breakAndHeal(world: World, plan: RoundPlan, crowd: Crowd, steps: ClockStep[]): Promise<Times> {
  const { faults, lastsMs } = plan;
  const noting = notesSteps(faults, steps);
  const recover = (since: number) => timesAgain(crowd, world.system.httpUrl, since, STUCK_MS);
  const brokenAt = now();
  const injecting = noting(() => inject(world, plan));
  // Beside another fault, which lasts until it is healed, none of these measurements would end.
  const servesMeanwhile = faults.every((fault) => fault.servesMeanwhile);
  const gaps = servesMeanwhile ? await longestTimes(() => recover(now()), injecting) : undefined;
  const heal = await injecting;
  const healAll = () => noting(heal);
  if (faults.some(({ recoversMeanwhile }) => recoversMeanwhile)) {
    const [times] = await Promise.all([recover(brokenAt), delay(lastsMs)]).finally(healAll);
    return times;
  }
  await delay(lastsMs);
  await healAll();
  return gaps ?? recover(now());
}

/** @returns a function that does a part of the work which steps clocks, if a fault does so, and notes when */
function notesSteps(faults: Fault[], steps: ClockStep[]) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const from = now();
    const done = await work();
    if (faults.some(({ clockOffMs }) => clockOffMs)) steps.push({ from, to: now() + STEP_TAKEN_WITHIN_MS });
    return done;
  };
}

/** @returns a function that heals all faults, one after the other: two may restart the same server, and `npm start`
 * needs its servers */
async function inject(world: World, { faults, random }: RoundPlan): Promise<Heal> {
  const injected: { fault: Fault; heal: Heal }[] = [];
  const healAll = async () => {
    // Of equals, the last one first.
    const turn = ({ fault }: { fault: Fault }) => turnOf(fault, world.name);
    const inOrder = injected.toReversed().sort((a, b) => turn(a) - turn(b));
    for (const { heal } of inOrder) await heal();
  };
  try {
    for (const fault of faults) injected.push({ fault, heal: await fault.inject(world, random) });
  } catch (error) {
    await healAll();
    throw error;
  }
  return healAll;
}

function turnOf({ resumes, restartsSystem }: Fault, world: WorldName): number {
  if (resumes) return 0;
  // There it starts the servers, elsewhere it needs them.
  if (restartsSystem) return world === 'embedded' ? 1 : 3;
  return 2;
}
