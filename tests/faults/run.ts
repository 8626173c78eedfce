import { Finals } from './checks/finals.ts';
import type { Finding } from './checks/finding.ts';
import { judgeOutput } from './checks/output.ts';
import { checkReplay } from './checks/replay.ts';
import type { Fault } from './kinds/fault.ts';
import { planRound, type RoundPlan } from './plan.ts';
import { playRound, type RoundResult } from './round.ts';
import { startWorld } from './worlds/startWorld.ts';
import type { World, WorldName } from './worlds/world.ts';

export interface Run {
  seed: number;
  faults: Fault[];
  /** As planRound takes it. */
  atOnce?: number | undefined;
  /** The numbers of the rounds to play, in turn. */
  rounds: Iterable<number>;
  onPlan(plan: RoundPlan): void;
  onRound(plan: RoundPlan, result: RoundResult): void;
  /** The world is about to be stopped, because a round found something stuck in it. */
  onStuck(world: World): void;
  /** Findings after a world's last round: final results that are missing or changed, a replay that differs. */
  onEnd(world: WorldName, findings: Finding[]): void;
}

/** Results become final some 20 s after the end, and behind a backlog later. */
const FINAL_WITHIN_MS = 60_000;

interface Stage {
  world: World;
  finals: Finals;
}

/** Plays rounds, each in a world that has the faults that are planned for it. */
export async function run({
  seed,
  faults,
  atOnce,
  rounds,
  onPlan,
  onRound,
  onStuck,
  onEnd,
}: Run): Promise<void> {
  let stage: Stage | undefined;
  const leave = async ({ world, finals }: Stage) => {
    try {
      onEnd(world.name, await lookBack(world, finals));
    } finally {
      await world.stop();
    }
  };
  try {
    for (const number of rounds) {
      const plan = planRound(seed, number, faults, atOnce);
      if (stage && stage.world.name !== plan.world) {
        const left = stage;
        stage = undefined;
        await leave(left);
      }
      stage ??= { world: await startWorld(plan.world), finals: new Finals() };
      onPlan(plan);
      const result = await playRound(stage.world, plan, stage.finals);
      onRound(plan, result);
      // A stuck world would stay stuck in the next round and hide that round's findings.
      if (result.findings.some(({ kind }) => kind === 'stuck')) {
        const { world } = stage;
        stage = undefined;
        onStuck(world);
        await world.stop();
      }
    }
    if (stage) {
      const left = stage;
      stage = undefined;
      await leave(left);
    }
  } finally {
    await stage?.world.stop();
  }
}

async function lookBack(world: World, finals: Finals): Promise<Finding[]> {
  const findings = await finals.finish(world.system.httpUrl, FINAL_WITHIN_MS);
  if (world.name !== 'embedded') findings.push(...(await checkReplay(world)));
  return [...findings, ...judgeOutput(world.system.newLines())];
}
