import type { Fault } from './kinds/fault.ts';
import { everyFault } from './kinds/registry.ts';
import { type Random, seeded } from './random.ts';
import type { WorldName } from './worlds/world.ts';

export interface RoundPlan {
  number: number;
  world: WorldName;
  faults: Fault[];
  /** How the faults are injected, and how long each lasts. */
  random: Random;
  lastsMs: number;
  /** What people do; how many draws that takes depends on how fast they are answered. */
  crowd: Random;
  owner: Random;
}

/** A world serves so many rounds: starting one takes as long as three. */
const ROUNDS_PER_WORLD = 30;
const WORLDS: WorldName[] = ['proxied', 'cluster', 'proxied', 'embedded'];
const PERCENT_TWO_AT_ONCE = 20;

/** Parts of the seed's draws, further apart than there are rounds. */
const CROWD = 1_000_000;
const OWNER = 2_000_000;
const FAULTS = 3_000_000;

/** The faults whose name has this word in it, and that can be injected here. */
export function faultsNamed(only = ''): Fault[] {
  return everyFault.filter((fault) => fault.name.includes(only) && !fault.whyNot?.());
}

/** A round follows from the seed and its number alone, so that one can be repeated by itself. */
export function planRound(seed: number, number: number, faults: Fault[]): RoundPlan {
  const random = seeded(seed, number);
  const worlds = WORLDS.filter((name) => faults.some((fault) => fault.worlds.includes(name)));
  const world = worlds[Math.floor(number / ROUNDS_PER_WORLD) % worlds.length];
  if (!world) throw new RangeError('There is no such fault.');
  const offered = faults.filter((fault) => fault.worlds.includes(world));
  const first = random.pick(offered);
  const others = offered.filter((fault) => fault !== first && !fault.recoversMeanwhile);
  const isDouble = !first.recoversMeanwhile && random.percent(PERCENT_TWO_AT_ONCE);
  return planFaults(seed, number, world, [first, ...random.some(others, isDouble ? 1 : 0)]);
}

/** A round with these faults, all at once. */
export function planFaults(seed: number, number: number, world: WorldName, faults: Fault[]): RoundPlan {
  const random = seeded(seed, FAULTS + number);
  const lastsMs = Math.max(...faults.map((fault) => random.whole(...fault.lastsMs)));
  const [crowd, owner] = [seeded(seed, CROWD + number), seeded(seed, OWNER + number)];
  return { number, world, faults, random, lastsMs, crowd, owner };
}
