import { FOLLOW_EVERY_MS } from '../limits.ts';
import type { MessageType } from '../messages.ts';
import type { ServerMessage } from '../messageTypes.ts';
import type { Sample } from './jsonSchemas.ts';
import { boardEntry, COFFEE, ENDS_AT, finalPoll, poll, RECEIPT, TEA } from './samplePoll.ts';

type Message<T extends MessageType> = Extract<ServerMessage, { type: T }>;

interface MessageSample extends Sample {
  description: string;
}

const request_id = '17';
const timestamp = '2030-01-31T12:05:07.089Z';
const poll_id = poll.id;
const { version, total_votes } = poll;
const vote_counts = [3, 1];

/** What a client sends, by action. */
export const frameSamples: Record<string, MessageSample> = {
  leaderboard: {
    description: 'Requests the whole leaderboard.',
    examples: { leaderboard: { action: 'leaderboard', request_id } },
  },
  ping: { description: 'Answered with `PONG`.', examples: { ping: { action: 'ping', request_id } } },
  subscribe: {
    description: 'Asks for a poll and all its changes.',
    examples: {
      viewer: { action: 'subscribe', poll_id: poll.code, request_id },
      voter: { action: 'subscribe', poll_id, receipt: RECEIPT },
      owner: { action: 'subscribe', poll_id, admin_token: 'k1.pZ8mXn2TqYc4vWb6eRf9sLj1aHd3gKu5iOo7xCzQwEr' },
    },
  },
  unsubscribe: {
    description: 'Ends the updates of a poll.',
    examples: { unsubscribe: { action: 'unsubscribe', poll_id, request_id } },
  },
  vote: {
    description: 'A ballot. Exactly one of `option_id` and `option_ids` must be given.',
    examples: {
      oneOption: { action: 'vote', poll_id, user_id: 'ada', option_id: TEA, request_id },
      severalOptions: { action: 'vote', poll_id, user_id: 'ada', option_ids: [TEA, COFFEE] },
      withToken: {
        action: 'vote',
        poll_id,
        token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln',
        option_id: TEA,
      },
    },
  },
};

/** What the server sends, by type. */
export const messageSamples: {
  [T in MessageType]: { description: string; examples: Record<string, Message<T>> };
} = {
  LEADERBOARD_INIT: {
    description: 'The whole leaderboard.',
    examples: { board: { type: 'LEADERBOARD_INIT', data: [boardEntry], version: 12, timestamp, request_id } },
  },
  LEADERBOARD_UPDATE: {
    description: 'The changes of the leaderboard since `base_version`.',
    examples: {
      changed: {
        type: 'LEADERBOARD_UPDATE',
        base_version: 12,
        version: 13,
        changed: [{ ...boardEntry, vote_count: 4 }],
        left: [COFFEE],
        timestamp,
      },
    },
  },
  POLL_INIT: {
    description: 'A poll as it is now, to this reader.',
    examples: {
      poll: { type: 'POLL_INIT', poll, viewers: 2, timestamp, request_id },
      follow: {
        type: 'POLL_INIT',
        poll,
        viewers: 400_000,
        follow: { url: `https://polls.example.com/polls/${poll.id}`, every_ms: FOLLOW_EVERY_MS },
        timestamp,
      },
    },
  },
  POLL_UPDATE: {
    description:
      'The counts and viewers of a poll. The highest version wins; without a version, the latest message.',
    examples: {
      counts: { type: 'POLL_UPDATE', poll_id, version, total_votes, vote_counts, viewers: 2 },
      hidden: {
        type: 'POLL_UPDATE',
        poll_id,
        version: null,
        total_votes: null,
        vote_counts: null,
        viewers: 2,
      },
      turnout: { type: 'POLL_UPDATE', poll_id, version: null, total_votes, vote_counts: null, viewers: 2 },
    },
  },
  POLL_CLOSED: {
    description: 'Voting has ended (`is_final` false), or the results are final.',
    examples: {
      final: {
        type: 'POLL_CLOSED',
        poll_id,
        version: finalPoll.version,
        total_votes,
        vote_counts,
        is_final: true,
        closed_at: ENDS_AT,
      },
    },
  },
  POLL_DELETED: {
    description: 'The poll is gone, and the subscription with it.',
    examples: { deleted: { type: 'POLL_DELETED', poll_id } },
  },
  VOTE_STATUS: {
    description: 'A vote was accepted; a second message says whether it was counted or rejected.',
    examples: {
      accepted: { type: 'VOTE_STATUS', status: 'accepted', receipt: RECEIPT, poll_id, request_id },
      rejected: {
        type: 'VOTE_STATUS',
        status: 'rejected',
        receipt: RECEIPT,
        poll_id,
        reason: 'already_voted',
      },
    },
  },
  UNSUBSCRIBED: {
    description: 'No more updates of this poll come.',
    examples: { unsubscribed: { type: 'UNSUBSCRIBED', poll_id, request_id } },
  },
  ERROR: {
    description: 'A frame was refused or failed; the connection stays open.',
    examples: { notFound: { type: 'ERROR', code: 'poll_not_found', detail: 'Poll not found.', request_id } },
  },
  RECONNECT: {
    description: 'The connection ends soon. Open another one after `after_ms`, then close this one.',
    examples: { reconnect: { type: 'RECONNECT', after_ms: 4200 } },
  },
  PONG: { description: 'The answer to `ping`.', examples: { pong: { type: 'PONG', request_id } } },
};
