import type { Clock } from '../worlds/clock.ts';
import { fakeTimeLibrary } from '../worlds/machineClock.ts';
import { type World, worldNames } from '../worlds/world.ts';
import type { Fault } from './fault.ts';

const STEP_SECONDS: [number, number] = [5, 120];
const MS_PER_SECOND = 1_000;

function clockFault(name: string, direction: 1 | -1, clockOf: (world: World) => Clock | undefined): Fault {
  return {
    name,
    worlds: [...worldNames],
    lastsMs: [500, 5_000],
    clockOffMs: STEP_SECONDS[1] * MS_PER_SECOND,
    inject: async (world, random) => {
      const clock = clockOf(world);
      await clock?.step(direction * MS_PER_SECOND * random.whole(...STEP_SECONDS));
      return async () => clock?.step(0);
    },
  };
}

/** Functions, Kafka and PostgreSQL have one clock on a laptop. */
function machineClockFault(name: string, direction: 1 | -1): Fault {
  return {
    ...clockFault(name, direction, (world) => (world.name === 'embedded' ? world.machineClock : undefined)),
    worlds: ['embedded'],
    whyNot: () => (fakeTimeLibrary() ? undefined : 'libfaketime is not installed'),
  };
}

export const clockFaults = [
  clockFault('clock steps forward', 1, ({ clock }) => clock),
  clockFault('clock steps back', -1, ({ clock }) => clock),
  machineClockFault('clock of the machine steps forward', 1),
  machineClockFault('clock of the machine steps back', -1),
];
