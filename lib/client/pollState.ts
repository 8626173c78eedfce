import type { PollClosed, PollDeleted, PollInit, PollUpdate } from '../contract/messageTypes.ts';
import type { Poll } from '../domain/poll.ts';

/** A poll as its viewers see it now. */
export interface PollState {
  poll: Poll;
  viewers: number;
  deleted: boolean;
}

export type PollMessage = Omit<PollInit, 'timestamp'> | PollUpdate | PollClosed | PollDeleted;

function isOlder(version: number | null, known: number | null): boolean {
  return version !== null && known !== null && version < known;
}

function withCounts(poll: Poll, message: PollUpdate | PollClosed): Poll {
  const counts = message.vote_counts;
  if (counts === null) return poll;
  const options = poll.options.map((option) => ({ ...option, vote_count: counts[option.position] ?? 0 }));
  return { ...poll, options, total_votes: message.total_votes, version: message.version };
}

function afterClosing(poll: Poll, message: PollClosed): Poll {
  const { is_final, closed_at } = message;
  return { ...withCounts(poll, message), status: is_final ? 'closed' : 'closing', is_final, closed_at };
}

/** Applies a message. The highest version wins in any order of arrival; viewers have no version, so the
 * latest message wins. */
export function nextPoll(state: PollState | undefined, message: PollMessage): PollState | undefined {
  if (message.type === 'POLL_INIT') {
    if (state && isOlder(message.poll.version, state.poll.version)) return state;
    return { poll: message.poll, viewers: message.viewers, deleted: false };
  }
  if (!state) return undefined;
  if (message.type === 'POLL_DELETED') return { ...state, deleted: true };
  const older = isOlder(message.version, state.poll.version);
  if (message.type === 'POLL_CLOSED') {
    return older ? state : { ...state, poll: afterClosing(state.poll, message) };
  }
  return { ...state, viewers: message.viewers, poll: older ? state.poll : withCounts(state.poll, message) };
}
