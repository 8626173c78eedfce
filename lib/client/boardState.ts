import type { LeaderboardInit, LeaderboardUpdate } from '../contract/messageTypes.ts';
import { applyDelta, type BoardEntry } from '../domain/leaderboard.ts';

/** The board on one connection. Versions do not compare across connections: start each with `noBoard`. */
export interface BoardState {
  version: number;
  entries: BoardEntry[];
  /** True if a message is missing; the caller requests the board. */
  gap: boolean;
}

export const noBoard: BoardState = { version: -1, entries: [], gap: true };

/** Applies a message. Correct under loss, duplication and reordering. */
export function nextBoard(state: BoardState, message: LeaderboardInit | LeaderboardUpdate): BoardState {
  const { version } = message;
  // The answer to `leaderboard` can cross a newer update.
  if (version < state.version) return state;
  if ('data' in message) return { version, entries: message.data, gap: false };
  if (version === state.version) return state;
  if (message.base_version !== state.version) return { ...state, gap: true };
  return { version, entries: applyDelta(state.entries, message), gap: false };
}
