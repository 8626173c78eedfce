import type { Fault } from './kinds/fault.ts';
import { everyFault } from './kinds/registry.ts';
import { type Random, seeded } from './random.ts';
import type { WorldName } from './worlds/world.ts';

export interface RoundPlan {
  number: number;
  world: WorldName;
  faults: Fault[];
  /** Decides how the faults are injected and how long each lasts. */
  random: Random;
  lastsMs: number;
  /** Decide what people do; the number of draws depends on how fast they get answers. */
  crowd: Random;
  owner: Random;
}

/** Starting a world takes as long as three rounds. */
const ROUNDS_PER_WORLD = 30;
const WORLDS: WorldName[] = ['proxied', 'cluster', 'proxied', 'embedded'];
const PERCENT_TWO_AT_ONCE = 20;

/** Parts of the seed's draws, further apart than there are rounds. */
const CROWD = 1_000_000;
const OWNER = 2_000_000;
const FAULTS = 3_000_000;

/** The faults whose names contain this word and that can be injected here. */
export function faultsNamed(only = ''): Fault[] {
  return everyFault.filter((fault) => fault.name.includes(only) && !fault.whyNot?.());
}

/** A round depends on these arguments alone, so that one can be repeated by itself.
 * @param atOnce the number of faults in each round, if that many can be combined; by default one, sometimes two */
export function planRound(seed: number, number: number, faults: Fault[], atOnce?: number): RoundPlan {
  const random = seeded(seed, number);
  const worlds = WORLDS.filter((name) => faults.some((fault) => fault.worlds.includes(name)));
  const world = worlds[Math.floor(number / ROUNDS_PER_WORLD) % worlds.length];
  if (!world) throw new RangeError('There is no such fault.');
  const offered = faults.filter((fault) => fault.worlds.includes(world));
  const first = random.pick(offered);
  const wanted = atOnce ?? (random.percent(PERCENT_TWO_AT_ONCE) ? 2 : 1);
  return planFaults(seed, number, world, combine([first, ...random.some(offered, offered.length)], wanted));
}

/** @returns `wanted` faults, or fewer: the first one and others that can be injected at the same time */
function combine([first, ...others]: [Fault, ...Fault[]], wanted: number): Fault[] {
  const chosen = [first];
  if (first.recoversMeanwhile) return chosen;
  for (const other of others) {
    if (chosen.length === wanted) break;
    if (!other.recoversMeanwhile && !chosen.some((fault) => clash(fault, other))) chosen.push(other);
  }
  return chosen;
}

function clash(one: Fault, other: Fault): boolean {
  const isSamePart = (part: 'ofSystem' | 'network') => one[part] !== undefined && one[part] === other[part];
  return one === other || isSamePart('ofSystem') || isSamePart('network');
}

/** A round with these faults, all at once. */
export function planFaults(seed: number, number: number, world: WorldName, chosen: Fault[]): RoundPlan {
  const faults = chosen.toSorted((a, b) => turnOf(a) - turnOf(b));
  const random = seeded(seed, FAULTS + number);
  const lastsMs = Math.max(...faults.map((fault) => random.whole(...fault.lastsMs)));
  const [crowd, owner] = [seeded(seed, CROWD + number), seeded(seed, OWNER + number)];
  return { number, world, faults, random, lastsMs, crowd, owner };
}

/** What writes to Kafka needs it, and what ends `npm start` may end the servers that others are to break. */
function turnOf({ needsKafka, ofSystem }: Fault): number {
  if (needsKafka) return 0;
  return ofSystem ? 2 : 1;
}
