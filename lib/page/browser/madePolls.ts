import { load, MADE_KEY, save } from './store.ts';

/** A poll that was made on this device. Its token lets its owner close and delete it. */
export interface MadePoll {
  id: string;
  code: string;
  question: string;
  token: string;
}

const MOST = 50;

const isMade = (value: Partial<MadePoll> | null): value is MadePoll =>
  typeof value?.id === 'string' && typeof value.code === 'string' && typeof value.token === 'string';

/** Newest first. */
export function madePolls(): MadePoll[] {
  try {
    const stored: unknown = JSON.parse(load(MADE_KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isMade) : [];
  } catch {
    return [];
  }
}

/** @returns whether it outlives this page */
export function keepMade(poll: MadePoll): boolean {
  const others = madePolls().filter(({ id }) => id !== poll.id);
  return save(MADE_KEY, JSON.stringify([poll, ...others].slice(0, MOST)));
}

export function forgetMade(pollId: string): void {
  save(MADE_KEY, JSON.stringify(madePolls().filter(({ id }) => id !== pollId)));
}
