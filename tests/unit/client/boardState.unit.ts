import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextBoard, noBoard } from '../../../lib/client/boardState.ts';
import type { LeaderboardInit, LeaderboardUpdate } from '../../../lib/contract/messageTypes.ts';
import { type BoardEntry, diffBoards, rankEntries } from '../../../lib/domain/leaderboard.ts';

const OPTIONS = 6;
const timestamp = '2026-01-01T00:00:00Z';

/** The board that these votes make, as the server orders it. */
function boardOf(votes: number[]): BoardEntry[] {
  const entries = votes.map((vote_count, position) => ({
    poll_id: 'p',
    poll_question: 'Which?',
    option_id: `o${position}`,
    option_text: `option ${position}`,
    position,
    vote_count,
  }));
  const voted = entries.filter((entry) => entry.vote_count > 0);
  return rankEntries(
    voted.sort((a, b) => b.vote_count - a.vote_count || a.position - b.position).slice(0, 3),
  );
}

function history(votes: number[][]): { boards: BoardEntry[][]; updates: LeaderboardUpdate[] } {
  const boards = [[] as BoardEntry[]];
  const updates: LeaderboardUpdate[] = [];
  for (const step of votes) {
    const before = boards.at(-1) ?? [];
    const after = boardOf(step);
    const version = boards.length;
    updates.push({
      type: 'LEADERBOARD_UPDATE',
      base_version: version - 1,
      version,
      ...diffBoards(before, after),
      timestamp,
    });
    boards.push(after);
  }
  return { boards, updates };
}

const init = (data: BoardEntry[], version: number): LeaderboardInit => ({
  type: 'LEADERBOARD_INIT',
  data,
  version,
  timestamp,
});

const someVotes = fc.array(fc.array(fc.nat(4), { minLength: OPTIONS, maxLength: OPTIONS }), {
  minLength: 2,
  maxLength: 20,
});

describe('a client that follows the leaderboard', () => {
  test('shows the server’s leaderboard after losses, duplicates and reorderings, once the newest update arrives', () => {
    fc.assert(
      fc.property(someVotes, fc.infiniteStream(fc.nat(99)), fc.nat(19), (votes, dice, late) => {
        const { boards, updates } = history(votes);
        const lost = updates.filter(() => (dice.next().value ?? 0) >= 30);
        const doubled = lost.flatMap((update) =>
          (dice.next().value ?? 0) < 30 ? [update, update] : [update],
        );
        const keyed = doubled.map((update, index) => ({
          update,
          at: index + ((dice.next().value ?? 0) % 4),
        }));
        const delivered = keyed.sort((a, b) => a.at - b.at).map(({ update }) => update);
        const newest = boards.length - 1;

        let state = nextBoard(noBoard, init(boards[0] ?? [], 0));
        for (const [index, update] of [...delivered, updates.at(-1)].entries()) {
          if (!update) continue;
          state = nextBoard(state, update);
          // The answer to the client's question carries the board of some moment from the update on.
          const answered = index >= late ? newest : Math.min(newest, update.version);
          if (state.gap) state = nextBoard(state, init(boards[answered] ?? [], answered));
          expect(state.entries).toEqual(boards[state.version]);
        }
        expect(state).toEqual({ version: newest, entries: boards[newest], gap: false });
      }),
      { numRuns: 1_000 },
    );
  });

  test('ignores a leaderboard that an update has overtaken', () => {
    const { boards, updates } = history([[1, 0, 0, 0, 0, 0]]);
    const opened = nextBoard(noBoard, init([], 0));
    const updated = updates.reduce(nextBoard, opened);
    expect(nextBoard(updated, init([], 0))).toBe(updated);
    expect(updated.entries).toEqual(boards[1]);
  });
});
