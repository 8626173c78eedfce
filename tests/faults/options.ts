import { parseArgs } from 'node:util';
import { messageOf, UsageError } from '../../lib/errors.ts';
import type { Fault } from './kinds/fault.ts';
import { everyFault } from './kinds/registry.ts';
import { faultsNamed } from './plan.ts';

export interface Options {
  seed: number;
  faults: Fault[];
  /** As planRound takes it. */
  atOnce: number | undefined;
  /** The numbers of the rounds to play, in turn. */
  rounds: Iterable<number>;
  /** It repeats the run, except for the choice of its rounds. */
  command: string;
}

const DEFAULT_MINUTES = 30;
const MS_PER_MINUTE = 60_000;
const MAX_SEED = 1_000_000;

/** @param args those of the process, without the program
 * @throws {UsageError} if one is unknown, no number, or leaves nothing to play */
export function readOptions(args: string[]): Options {
  const values = parse(args);
  const { only, 'at-once': atOnce } = values;
  const seed = values.seed === undefined ? Date.now() % MAX_SEED : wholeNumber('seed', values.seed, 0);
  const faults = faultsNamed(only);
  if (faults.length === 0) {
    const kinds = everyFault.map(({ name }) => `\n  ${name}`).join('');
    throw new UsageError(
      `No kind of fault that can be injected here contains '${only}'. The kinds are:${kinds}`,
    );
  }
  const ofKinds = only ? ` --only '${only}'` : '';
  const many = atOnce === undefined ? '' : ` --at-once ${atOnce}`;
  return {
    seed,
    faults,
    atOnce: atOnce === undefined ? undefined : wholeNumber('at-once', atOnce, 1),
    rounds: roundsOf(values),
    command: `npm run faults -- --seed ${seed}${ofKinds}${many}`,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        minutes: { type: 'string' },
        rounds: { type: 'string' },
        round: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        'at-once': { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(messageOf(cause), { cause });
  }
}

function roundsOf({ minutes, rounds, round }: ReturnType<typeof parse>): Iterable<number> {
  if (round !== undefined) return round.split(',').map((one) => wholeNumber('round', one, 0));
  if (rounds !== undefined) return counting(wholeNumber('rounds', rounds, 1), Number.POSITIVE_INFINITY);
  const length = Number(minutes ?? DEFAULT_MINUTES);
  if (!(length > 0)) throw new UsageError(`--minutes takes a number above 0, and not '${minutes}'.`);
  return counting(Number.POSITIVE_INFINITY, length * MS_PER_MINUTE);
}

function* counting(most: number, ms: number): Generator<number> {
  const end = performance.now() + ms;
  for (let number = 0; number < most && performance.now() < end; number += 1) yield number;
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  throw new UsageError(`--${option} takes a whole number from ${least}, and not '${text}'.`);
}
