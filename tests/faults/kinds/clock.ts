import { worldNames } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

const STEP_SECONDS: [number, number] = [5, 120];

function clockFault(name: string, direction: 1 | -1): Fault {
  return {
    name,
    worlds: [...worldNames],
    lastsMs: [500, 5_000],
    stepsClock: true,
    inject: async ({ clock }, random) => {
      await clock.step(direction * 1_000 * random.whole(...STEP_SECONDS));
      return () => clock.step(0);
    },
  };
}

export const clockFaults = [clockFault('clock steps forward', 1), clockFault('clock steps back', -1)];
