import type { LeaderboardInit, LeaderboardUpdate } from '../client/messages.ts';
import { wallClockMs } from '../clock.ts';
import type { BoardDelta, BoardEntry } from '../domain/leaderboard.ts';

/** The whole board of a shard. */
export function leaderboardInit(version: number, data: BoardEntry[]): LeaderboardInit {
  return { type: 'LEADERBOARD_INIT', data, version, timestamp: new Date(wallClockMs()).toISOString() };
}

/** What turns the board of one version into that of the next. */
export function leaderboardUpdate(version: number, delta: BoardDelta): LeaderboardUpdate {
  return {
    type: 'LEADERBOARD_UPDATE',
    base_version: version - 1,
    version,
    changed: delta.changed,
    left: delta.left,
    timestamp: new Date(wallClockMs()).toISOString(),
  };
}
