import { wallClockMs } from '../clock.ts';
import { FOLLOW_EVERY_MS } from '../contract/limits.ts';
import type {
  Follow,
  PollClosed,
  PollDeleted,
  PollInit,
  PollUpdate,
  ServerMessage,
} from '../contract/messageTypes.ts';
import { ownersPoll, type Poll, visiblePoll } from '../domain/poll.ts';
import type { PollDiff } from '../domain/pollDiff.ts';

/** The counts of a poll; null if they are hidden from the viewer. */
function counts({
  version,
  total_votes,
  options,
}: Poll): Pick<PollUpdate, 'version' | 'total_votes' | 'vote_counts'> {
  const shown = options.flatMap(({ vote_count }) => (vote_count === null ? [] : [vote_count]));
  return { version, total_votes, vote_counts: shown.length < options.length ? null : shown };
}

/** The message with the whole poll.
 * @param follow undefined if the viewer gets updates */
export function pollInit(poll: Poll, viewers: number, follow?: Follow): PollInit {
  const timestamp = new Date(wallClockMs()).toISOString();
  return { type: 'POLL_INIT', poll, viewers, ...(follow ? { follow } : {}), timestamp };
}

/** Where viewers read a poll that they follow.
 * @param followUrl without a slash at its end */
export function followAt(followUrl: string, pollId: string): Follow {
  return { url: `${followUrl}/polls/${pollId}`, every_ms: FOLLOW_EVERY_MS };
}

/** Whether a viewer sees more of a poll than others do. No cache holds that view, so it always gets posts. */
export function isPrivateView({ results_visibility, is_final }: Poll, seesMore: boolean): boolean {
  return seesMore && results_visibility !== 'always' && !is_final;
}

/** The message with the counts alone. */
function pollUpdate(poll: Poll, viewers: number): PollUpdate {
  return { type: 'POLL_UPDATE', poll_id: poll.id, ...counts(poll), viewers };
}

/** The message for the end of voting, and again for final results. */
export function pollClosed(poll: Poll, closedAt: string): PollClosed {
  const { id, is_final } = poll;
  return { type: 'POLL_CLOSED', poll_id: id, ...counts(poll), is_final, closed_at: closedAt };
}

function pollDeleted(pollId: string): PollDeleted {
  return { type: 'POLL_DELETED', poll_id: pollId };
}

/** A poll whose viewers need a message. */
export interface ChangedPoll {
  pollId: string;
  news: PollDiff;
  /** Undefined if it was deleted. */
  poll: Poll | undefined;
  viewers: number;
  /** The number of viewers differs from the one sent last. */
  hasNewViewers: boolean;
  /** Present while its viewers read it from a URL. */
  follow: Follow | undefined;
}

/** The facts about a viewer that decide which messages it receives. */
export interface ViewerKind {
  hasVoted: boolean;
  /** Whether it presented something that may open more to it. */
  seesMore: boolean;
  /** Whether it presented the owner's token: it reads the turnout of an election. */
  isOwner: boolean;
  /** Whether it missed a message. */
  awaitsPoll: boolean;
}

/** Returns the payloads for a viewer of a poll, possibly none. */
export type PayloadsFor = (pollId: string, viewer: ViewerKind) => Buffer[];

function messagesFor(update: ChangedPoll, viewer: ViewerKind): ServerMessage[] {
  const { hasVoted, seesMore, isOwner, awaitsPoll } = viewer;
  const { pollId, news, viewers, hasNewViewers } = update;
  if (!update.poll) return [pollDeleted(pollId)];
  const poll = isOwner ? ownersPoll(update.poll) : visiblePoll(update.poll, hasVoted);
  const follow = isPrivateView(update.poll, seesMore) ? undefined : update.follow;
  if (news === 'state') {
    const whole = pollInit(poll, viewers, follow);
    return poll.closed_at === null ? [whole] : [whole, pollClosed(poll, poll.closed_at)];
  }
  if (awaitsPoll) return [pollInit(poll, viewers, follow)];
  if (follow) return [];
  // Hidden results also hide that someone voted.
  const isHidden = poll.total_votes === null;
  const isNews = news === 'counts' ? hasNewViewers || !isHidden : news === 'viewers';
  return isNews ? [pollUpdate(poll, viewers)] : [];
}

/** Builds the messages of these polls, each payload once for all its recipients. */
export function pollPayloads(polls: ChangedPoll[]): PayloadsFor {
  const updates = new Map(polls.map((poll) => [poll.pollId, { poll, built: new Map<number, Buffer[]>() }]));
  return (pollId, viewer) => {
    const update = updates.get(pollId);
    if (!update) return [];
    const kind =
      (viewer.hasVoted ? 1 : 0) +
      (viewer.awaitsPoll ? 2 : 0) +
      (viewer.seesMore ? 4 : 0) +
      (viewer.isOwner ? 8 : 0);
    const known = update.built.get(kind);
    if (known) return known;
    const payloads = messagesFor(update.poll, viewer).map((message) => Buffer.from(JSON.stringify(message)));
    update.built.set(kind, payloads);
    return payloads;
  };
}
