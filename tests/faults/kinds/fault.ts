import type { Random } from '../random.ts';
import type { World, WorldName } from '../worlds/world.ts';

/** Ends a fault; resolves when what it had taken away is there again. */
export type Heal = () => Promise<void>;

export interface Fault {
  name: string;
  worlds: WorldName[];
  /** So long it lasts, from and to. */
  lastsMs: [number, number];
  /** The system has to recover while it lasts, as when one broker of three is dead. */
  recoversMeanwhile?: boolean;
  /** What the driver knows of the times of acceptance is then worth nothing. */
  stepsClock?: boolean;
  /** It stops, freezes or ends `npm start`. Two of these at once would wait for each other. */
  ofSystem?: boolean;
  /** Why it cannot be injected here, in words; undefined where it can. */
  whyNot?(): string | undefined;
  inject(world: World, random: Random): Promise<Heal>;
}
