import type { Random } from '../random.ts';
import type { World, WorldName } from '../worlds/world.ts';

/** Ends a fault; resolves when the affected part is available again. */
export type Heal = () => Promise<void>;

export interface Fault {
  name: string;
  worlds: WorldName[];
  /** Minimum and maximum duration. */
  lastsMs: [number, number];
  /** The system must recover during the fault, for example while one broker of three is dead. */
  recoversMeanwhile?: boolean;
  /** The system must serve while it is injected, which takes long: its times are the longest gaps meanwhile. */
  servesMeanwhile?: boolean;
  /** The most by which it makes a clock wrong. Near the end of a poll, the driver then cannot know when it took votes. */
  clockOffMs?: number;
  /** The network that it disturbs. The second of two at once would replace the first. */
  network?: string;
  /** It stops, freezes or ends `npm start`. Two of these at once would wait for each other. */
  ofSystem?: boolean;
  /** Its end resumes processes, which needs nothing and others need: it is healed before them. */
  resumes?: boolean;
  /** Its end starts `npm start`. */
  restartsSystem?: boolean;
  /** It talks to Kafka, so it is injected before others that keep Kafka from answering. */
  needsKafka?: boolean;
  /** The reason why it cannot be injected here; undefined if it can. */
  whyNot?(): string | undefined;
  inject(world: World, random: Random): Promise<Heal>;
}
