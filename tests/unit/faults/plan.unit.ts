import { expect, test } from '@jest/globals';
import { everyFault } from '../../faults/kinds/registry.ts';
import { faultsNamed, planRound } from '../../faults/plan.ts';

const named = (seed: number, number: number) => {
  const { world, faults, lastsMs, crowd } = planRound(seed, number, everyFault);
  return [world, lastsMs, crowd.whole(0, 1_000_000), ...faults.map(({ name }) => name)];
};
const numbers = Array.from({ length: 200 }, (_, number) => number);

test('a seed repeats a round, whatever ran before', () => {
  const all = numbers.map((number) => named(7, number));
  expect(numbers.toReversed().map((number) => named(7, number))).toEqual(all.toReversed());
});

test('another seed runs other rounds', () => {
  expect(numbers.map((number) => named(8, number))).not.toEqual(numbers.map((number) => named(7, number)));
});

test('every kind of fault occurs, in its worlds only', () => {
  const plans = Array.from({ length: 1_000 }, (_, number) => planRound(1, number, everyFault));
  const seen = new Set(plans.flatMap(({ faults }) => faults.map(({ name }) => name)));
  expect([...seen].toSorted()).toEqual(everyFault.map(({ name }) => name).toSorted());
  for (const { world, faults } of plans) for (const { worlds } of faults) expect(worlds).toContain(world);
});

test('a word selects the kinds that contain it in their names', () => {
  expect(faultsNamed('broker frozen').map(({ name }) => name)).toEqual(['broker frozen']);
});

test('as many faults at once as asked for, of which one at most ends or freezes `npm start`', () => {
  const plans = numbers.map((number) => planRound(7, number, everyFault, 3).faults);
  const combined = plans.filter((faults) => !faults[0]?.recoversMeanwhile);
  expect(combined.length).toBeGreaterThan(0);
  for (const faults of combined) expect(new Set(faults).size).toBe(3);
  for (const faults of plans) expect(faults.filter(({ ofSystem }) => ofSystem).length).toBeLessThan(2);
});

test('of faults at once, no two disturb the same network', () => {
  const networks = numbers.map((number) => {
    const { faults } = planRound(7, number, everyFault, 4);
    return faults.flatMap(({ network }) => network ?? []);
  });
  expect(Math.max(...networks.map(({ length }) => length))).toBe(2);
  for (const of of networks) expect(new Set(of).size).toBe(of.length);
});
