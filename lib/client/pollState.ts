import type { PollClosed, PollDeleted, PollInit, PollUpdate } from '../contract/messageTypes.ts';
import type { Poll } from '../domain/poll.ts';

/** A poll as its viewers see it now. */
export interface PollState {
  poll: Poll;
  viewers: number;
  deleted: boolean;
}

export type PollMessage = Omit<PollInit, 'type' | 'timestamp'> | PollUpdate | PollClosed | PollDeleted;

/** Whether a version is older than the known one; false if either is hidden. */
function isOlder(version: number | null, known: number | null): boolean {
  return version !== null && version < (known ?? 0);
}

/** The owner of an election gets its turnout without counts. Options are in the order of their positions. */
function withCounts(
  poll: Poll,
  { total_votes, version, vote_counts: counts }: PollUpdate | PollClosed,
): Poll {
  if (total_votes === null) return poll;
  return {
    ...poll,
    total_votes,
    version,
    options: poll.options.map((option, at) => ({ ...option, vote_count: counts?.[at] ?? null })),
  };
}

/** Applies a message. The highest version wins in any order of arrival; viewers have no version, so the
 * latest message wins. */
export function nextPoll(state: PollState | undefined, message: PollMessage): PollState | undefined {
  if ('poll' in message) {
    const { poll, viewers } = message;
    return state && isOlder(poll.version, state.poll.version) ? state : { poll, viewers, deleted: false };
  }
  if (!state) return undefined;
  if (message.type === 'POLL_DELETED') return { ...state, deleted: true };
  const isOld = isOlder(message.version, state.poll.version);
  const poll = isOld ? state.poll : withCounts(state.poll, message);
  if (message.type === 'POLL_UPDATE') return { ...state, viewers: message.viewers, poll };
  if (isOld) return state;
  const { is_final, closed_at } = message;
  return { ...state, poll: { ...poll, status: is_final ? 'closed' : 'closing', is_final, closed_at } };
}
