import type { LeaderboardInit, LeaderboardUpdate } from '../contract/messageTypes.ts';
import { applyDelta, type BoardEntry } from '../domain/leaderboard.ts';

/** The board as one connection knows it. Versions say nothing across connections: start each with `noBoard`. */
export interface BoardState {
  version: number;
  entries: BoardEntry[];
  /** A message is missing: the caller asks for the board again. */
  gap: boolean;
}

export const noBoard: BoardState = { version: -1, entries: [], gap: false };

/** The next state after a message, right after any loss, doubling or reordering of messages. */
export function nextBoard(state: BoardState, message: LeaderboardInit | LeaderboardUpdate): BoardState {
  // An older one may overtake: an answer to `leaderboard` crosses an update that was posted meanwhile.
  if (message.version < state.version) return state;
  if (message.type === 'LEADERBOARD_INIT') {
    return { version: message.version, entries: message.data, gap: false };
  }
  if (message.version === state.version) return state;
  if (message.base_version !== state.version) return { ...state, gap: true };
  return { version: message.version, entries: applyDelta(state.entries, message), gap: false };
}
