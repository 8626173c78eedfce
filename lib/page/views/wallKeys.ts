import type { WallWords } from '../words/words.ts';

/** The wall's controls, in their order, with their keys. */
export const WALL_KEYS = { fullScreen: 'F', bigCode: 'Q', hide: 'R', pause: 'P', larger: '+', smaller: '−' };

export type WallControl = keyof typeof WALL_KEYS;

export const labelOf = (control: WallControl, words: Pick<WallWords, WallControl>) =>
  `${words[control]} (${WALL_KEYS[control]})`;
