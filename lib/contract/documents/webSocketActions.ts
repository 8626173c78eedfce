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
  /** Beside those of every frame. */
  refusals: ErrorCode[];
}

/** What a client may ask, by the `action` of its frame. A test holds the list to `serverless.yml`. */
export const actions: Record<string, Action> = {
  leaderboard: {
    summary: 'Ask for the whole board, after a gap in its versions',
    frame: leaderboardFrameSchema,
    answer: 'LEADERBOARD_INIT',
    refusals: ['unavailable'],
  },
  ping: {
    summary: 'Keep the connection open, and hear that it is',
    frame: pingFrameSchema,
    answer: 'PONG',
    refusals: [],
  },
  subscribe: {
    summary: 'Watch a poll; watching twice is watching once',
    frame: subscribeFrameSchema,
    answer: 'POLL_INIT',
    refusals: ['poll_not_found', 'too_many_subscriptions', 'unavailable'],
  },
  unsubscribe: {
    summary: 'Watch a poll no longer',
    frame: unsubscribeFrameSchema,
    answer: 'UNSUBSCRIBED',
    refusals: ['poll_not_found', 'unavailable'],
  },
  vote: {
    summary: 'Cast a vote; what became of it follows as another VOTE_STATUS',
    frame: eitherVoteFrameSchema,
    answer: 'VOTE_STATUS',
    refusals: [
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

/** What the server says without being asked. */
export const pushes: Record<string, Push> = {
  showBoard: {
    summary: 'Show the board: all of it when the connection is open, then what changes',
    description: [
      'A client ignores a version at or below its own, applies an update whose `base_version` is its own, and',
      'asks for the whole board only on a gap.',
    ].join(' '),
    messages: ['LEADERBOARD_INIT', 'LEADERBOARD_UPDATE'],
  },
  showPoll: {
    summary: 'Show a watched poll: its counts, its viewers, and what becomes of it',
    description: [
      'Each message is whole: of versions the highest wins, in whatever order they come, and the latest message',
      'tells how many watch. Where the results are hidden from this client the counts are null, and only the',
      'number of viewers is told. A change of anything but counts sends POLL_INIT again.',
    ].join(' '),
    messages: ['POLL_INIT', 'POLL_UPDATE', 'POLL_CLOSED', 'POLL_DELETED'],
  },
  tellVoter: {
    summary: 'Tell a voter that the vote was counted, or why not',
    description:
      'Carries the `request_id` of the vote. May come twice; the receipt tells the same at any time.',
    messages: ['VOTE_STATUS'],
  },
};
