export interface BoardEntry {
  rank: number;
  poll_id: string;
  poll_question: string;
  option_id: string;
  option_text: string;
  position: number;
  vote_count: number;
}

/** Entries on the leaderboard that WebSocket clients follow. */
export const BOARD_SIZE = 10;

/** Ranks sorted entries (votes descending, older poll, position); ties share a rank: 1, 2, 2, 4. */
export function rankEntries(entries: Omit<BoardEntry, 'rank'>[]): BoardEntry[] {
  let rank = 0;
  let votes = Number.NaN;
  return entries.map((entry, index) => {
    if (entry.vote_count !== votes) rank = index + 1;
    votes = entry.vote_count;
    return { rank, ...entry };
  });
}

/** The difference between two boards: entries with any changed field, and ids that dropped off. */
export interface BoardDelta {
  changed: BoardEntry[];
  left: string[];
}

function sameEntry(a: BoardEntry | undefined, b: BoardEntry): boolean {
  return (
    a !== undefined &&
    a.rank === b.rank &&
    a.vote_count === b.vote_count &&
    a.poll_question === b.poll_question &&
    a.option_text === b.option_text &&
    a.position === b.position &&
    a.poll_id === b.poll_id
  );
}

export function diffBoards(before: BoardEntry[], after: BoardEntry[]): BoardDelta {
  const old = new Map(before.map((entry) => [entry.option_id, entry]));
  const present = new Set(after.map((entry) => entry.option_id));
  return {
    changed: after.filter((entry) => !sameEntry(old.get(entry.option_id), entry)),
    left: before.filter((entry) => !present.has(entry.option_id)).map((entry) => entry.option_id),
  };
}

/** Applies a delta and sorts as the server does: ties by older poll, then position. */
export function applyDelta(board: BoardEntry[], { changed, left }: BoardDelta): BoardEntry[] {
  const gone = new Set([...left, ...changed.map((entry) => entry.option_id)]);
  const byOrder = (a: BoardEntry, b: BoardEntry) =>
    a.rank - b.rank || compareText(a.poll_id, b.poll_id) || a.position - b.position;
  return [...board.filter((entry) => !gone.has(entry.option_id)), ...changed].sort(byOrder);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
