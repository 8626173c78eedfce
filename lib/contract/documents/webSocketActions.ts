import type { GenericSchema } from 'valibot';
import type { ErrorCode } from '../../errors.ts';
import {
  eitherVoteFrameSchema,
  leaderboardFrameSchema,
  pingFrameSchema,
  subscribeFrameSchema,
  unsubscribeFrameSchema,
} from '../frames.ts';
import type { MessageType } from '../messages.ts';

interface Action {
  summary: string;
  frame: GenericSchema;
  answer: MessageType;
  /** In addition to the codes of every frame. */
  refusals: ErrorCode[];
}

/** Client actions by name. A test compares the list with `serverless.yml`. */
export const actions: Record<string, Action> = {
  leaderboard: {
    summary:
      'Request the whole leaderboard, after a gap in its versions or on a connection opened without it',
    frame: leaderboardFrameSchema,
    answer: 'LEADERBOARD_INIT',
    refusals: ['unavailable'],
  },
  ping: {
    summary: 'Keep the connection open and check it',
    frame: pingFrameSchema,
    answer: 'PONG',
    refusals: [],
  },
  subscribe: {
    summary: 'Subscribe to a poll; safe to repeat, and the subscription asked for last stands',
    frame: subscribeFrameSchema,
    answer: 'POLL_INIT',
    refusals: ['forbidden', 'poll_not_found', 'too_many_subscriptions', 'unavailable'],
  },
  unsubscribe: {
    summary: 'Unsubscribe from a poll',
    frame: unsubscribeFrameSchema,
    answer: 'UNSUBSCRIBED',
    refusals: ['poll_not_found', 'unavailable'],
  },
  vote: {
    summary: 'Cast a vote; its outcome follows as a second `VOTE_STATUS`',
    frame: eitherVoteFrameSchema,
    answer: 'VOTE_STATUS',
    refusals: [
      'too_many_requests',
      'unauthorized',
      'poll_not_found',
      'poll_not_open',
      'poll_closed',
      'unknown_option',
      'too_many_choices',
      'empty_ballot',
      'unavailable',
    ],
  },
};

interface Push {
  summary: string;
  description: string;
  messages: MessageType[];
}

/** Messages that the server sends unasked. */
export const pushes: Record<string, Push> = {
  showBoard: {
    summary: 'The leaderboard: whole after connecting, unless the URL has `board=off`, then its changes',
    description: [
      'Ignore a message whose `version` is at or below your own. Apply an update whose `base_version` equals your',
      'version. On a gap, request the whole leaderboard with `leaderboard`. At most one update a second.',
    ].join(' '),
    messages: ['LEADERBOARD_INIT', 'LEADERBOARD_UPDATE'],
  },
  showPoll: {
    summary: 'A subscribed poll: its counts, viewers and state',
    description: [
      'Every message is complete. Messages may arrive out of order: keep the highest `version`, and take `viewers`',
      'from the latest message. If results are hidden from this client, counts and versions are null and updates',
      'report only `viewers`. Any change other than counts sends `POLL_INIT` again. While a poll has more viewers than',
      'updates can reach in time, it has `follow`: read the poll from that URL, and expect no updates.',
    ].join(' '),
    messages: ['POLL_INIT', 'POLL_UPDATE', 'POLL_CLOSED', 'POLL_DELETED'],
  },
  tellVoter: {
    summary: 'The outcome of a vote: counted, or rejected with a reason',
    description:
      'Has the `request_id` of the vote and may arrive twice. The receipt gives the same outcome at any time.',
    messages: ['VOTE_STATUS'],
  },
  announceEnd: {
    summary: 'The connection ends soon, because none lasts longer than two hours',
    description:
      'After `after_ms`, which differs from client to client, open a new connection, subscribe again, and close this one.',
    messages: ['RECONNECT'],
  },
};
