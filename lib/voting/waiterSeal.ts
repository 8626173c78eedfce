import type { SigningKeys } from '../config.ts';
import { createSeal, type Seal } from './seal.ts';

/** For those who wait for word of their votes: what casts closes, what tallies opens. */
export const createWaiterSeal = (keys: SigningKeys): Seal => createSeal(keys, 'waiter');
