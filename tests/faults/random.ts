import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random draws that depend on a seed alone. */
export interface Random {
  /** A whole number; both ends are included. */
  whole(least: number, most: number): number;
  /** True in `share` of a hundred draws. */
  percent(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** At most this many of them, none twice. */
  some<T>(items: readonly T[], most: number): T[];
}

/** Spreads numbers that lie close together over all of 32 bits. */
const SPREAD = 0x9e3779b1;

/** @param part another one gives other draws of the same seed, so that a part can be repeated by itself */
export function seeded(seed: number, part = 0): Random {
  const generator = xoroshiro128plus(Math.imul(seed, SPREAD) ^ (part + 1));
  const whole = (least: number, most: number) => uniformInt(generator, least, most);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[whole(0, items.length - 1)];
    if (item === undefined) throw new RangeError('There is nothing to pick from.');
    return item;
  };
  const some = <T>(items: readonly T[], most: number): T[] => {
    const left = [...items];
    const count = Math.min(most, left.length);
    return Array.from({ length: count }, () => left.splice(whole(0, left.length - 1), 1)).flat();
  };
  return { whole, percent: (share) => whole(1, 100) <= share, pick, some };
}
