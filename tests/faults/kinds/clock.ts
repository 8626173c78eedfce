import { worldNames } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

const STEP_SECONDS: [number, number] = [5, 120];
const MS_PER_SECOND = 1_000;

function clockFault(name: string, direction: 1 | -1): Fault {
  return {
    name,
    worlds: [...worldNames],
    lastsMs: [500, 5_000],
    clockOffMs: STEP_SECONDS[1] * MS_PER_SECOND,
    inject: async ({ clock }, random) => {
      await clock.step(direction * MS_PER_SECOND * random.whole(...STEP_SECONDS));
      return () => clock.step(0);
    },
  };
}

export const clockFaults = [clockFault('clock steps forward', 1), clockFault('clock steps back', -1)];
