import type {
  PollClosed,
  PollDeleted,
  PollInit,
  PollUpdate,
  ServerMessage,
} from '../contract/messageTypes.ts';
import { type Poll, visiblePoll } from '../domain/poll.ts';
import type { PollDiff } from '../domain/pollDiff.ts';

/** The counts of a poll as its reader may see it: null where they are hidden. */
function counts({
  version,
  total_votes,
  options,
}: Poll): Pick<PollUpdate, 'version' | 'total_votes' | 'vote_counts'> {
  const shown = options.flatMap(({ vote_count }) => (vote_count === null ? [] : [vote_count]));
  return { version, total_votes, vote_counts: total_votes === null ? null : shown };
}

/** The whole poll. */
export function pollInit(poll: Poll, viewers: number): PollInit {
  return { type: 'POLL_INIT', poll, viewers };
}

/** What changes from vote to vote. */
export function pollUpdate(poll: Poll, viewers: number): PollUpdate {
  return { type: 'POLL_UPDATE', poll_id: poll.id, ...counts(poll), viewers };
}

/** The end of voting, or its final result. */
export function pollClosed(poll: Poll, closedAt: string): PollClosed {
  const { id, is_final } = poll;
  return { type: 'POLL_CLOSED', poll_id: id, ...counts(poll), is_final, closed_at: closedAt };
}

export function pollDeleted(pollId: string): PollDeleted {
  return { type: 'POLL_DELETED', poll_id: pollId };
}

/** A poll of which viewers are to hear. */
export interface PollToTell {
  pollId: string;
  news: PollDiff;
  /** Undefined if it is no more. */
  poll: Poll | undefined;
  viewers: number;
  /** The number of viewers is not the one they were told. */
  hasNewViewers: boolean;
}

/** How one viewer differs from another. */
export interface ViewerKind {
  hasVoted: boolean;
  /** Missed a message. */
  awaitsPoll: boolean;
}

/** Gives the payloads for a viewer of a poll; none if there is nothing to say. */
export type PayloadsFor = (pollId: string, viewer: ViewerKind) => Buffer[];

function messagesFor(told: PollToTell, { hasVoted, awaitsPoll }: ViewerKind): ServerMessage[] {
  const { pollId, news, viewers, hasNewViewers } = told;
  if (!told.poll) return [pollDeleted(pollId)];
  const poll = visiblePoll(told.poll, hasVoted);
  if (news === 'state') {
    const whole = pollInit(poll, viewers);
    return poll.closed_at === null ? [whole] : [whole, pollClosed(poll, poll.closed_at)];
  }
  if (awaitsPoll) return [pollInit(poll, viewers)];
  // Where results are hidden, not even that somebody voted is told.
  const isHidden = poll.version === null;
  const isNews = news === 'counts' ? hasNewViewers || !isHidden : news === 'viewers';
  return isNews ? [pollUpdate(poll, viewers)] : [];
}

/** What is said of these polls, each payload built once for all who get the same. */
export function pollPayloads(polls: PollToTell[]): PayloadsFor {
  const tellings = new Map(polls.map((poll) => [poll.pollId, { poll, built: new Map<number, Buffer[]>() }]));
  return (pollId, viewer) => {
    const telling = tellings.get(pollId);
    if (!telling) return [];
    const kind = (viewer.hasVoted ? 1 : 0) + (viewer.awaitsPoll ? 2 : 0);
    const known = telling.built.get(kind);
    if (known) return known;
    const payloads = messagesFor(telling.poll, viewer).map((message) => Buffer.from(JSON.stringify(message)));
    telling.built.set(kind, payloads);
    return payloads;
  };
}
