import * as v from 'valibot';
import type { ServerMessage } from './messageTypes.ts';
import { boardEntrySchema, errorCodeSchema, pollSchema } from './responses.ts';
import {
  count,
  hidden,
  moment,
  optionId,
  pollId,
  receipt,
  rejectionReason,
  schemaOf,
  version,
} from './schemaOf.ts';

export type MessageType = ServerMessage['type'];
type Message<T extends MessageType> = Extract<ServerMessage, { type: T }>;

const repliesTo = {
  request_id: v.exactOptional(
    v.pipe(v.string(), v.description('The `request_id` of the frame that this answers.')),
  ),
};

const boardVersion = v.pipe(count, v.description('Comparable within one connection only.'));

const counts = {
  version,
  total_votes: hidden(count, 'The number of ballots.'),
  vote_counts: hidden(v.array(count), 'Votes per option, by position.'),
};

const viewers = v.pipe(count, v.description('Connections that watch this poll at the time of this message.'));

const follow = v.pipe(
  v.object({
    url: v.pipe(
      v.string(),
      v.url(),
      v.description('Of the poll, as `GET /polls/{id}`.'),
      v.examples(['https://polls.example.com/polls/019a0b0c-0000-7000-8000-000000000001']),
    ),
    every_ms: v.pipe(
      count,
      v.description('Milliseconds between two reads; add jitter.'),
      v.examples([1_000]),
    ),
  }),
  v.description(
    'Present while the poll has more viewers than updates can reach in time. No updates come then: read the poll ' +
      'from the URL, until a `POLL_INIT` without `follow` arrives.',
  ),
);

const serverTime = moment(
  "The server's clock, for showing the time that is left on a device whose clock is wrong.",
);

const boardTime = moment('When the board was read.');

const kind = <const T extends MessageType>(type: T) =>
  v.pipe(v.literal(type), v.description('The kind of message.'));

export const liveVoteStatus = v.pipe(
  v.picklist(['accepted', 'counted', 'rejected']),
  v.description('What became of the vote. `accepted`: stored, not yet counted; the outcome follows.'),
);

/** Messages that the server sends over the WebSocket. */
export const serverMessageSchemas = {
  LEADERBOARD_INIT: schemaOf<Message<'LEADERBOARD_INIT'>>()(
    v.object({
      type: kind('LEADERBOARD_INIT'),
      data: v.pipe(v.array(boardEntrySchema), v.description('The whole board, best first.')),
      version: boardVersion,
      timestamp: boardTime,
      ...repliesTo,
    }),
  ),
  LEADERBOARD_UPDATE: schemaOf<Message<'LEADERBOARD_UPDATE'>>()(
    v.object({
      type: kind('LEADERBOARD_UPDATE'),
      base_version: v.pipe(boardVersion, v.description('The version that this update applies to.')),
      version: boardVersion,
      changed: v.pipe(
        v.array(boardEntrySchema),
        v.description('Every entry with any changed field, including its rank.'),
      ),
      left: v.pipe(v.array(optionId), v.description('Ids of options that dropped off the board.')),
      timestamp: boardTime,
    }),
  ),
  POLL_INIT: schemaOf<Message<'POLL_INIT'>>()(
    v.object({
      type: kind('POLL_INIT'),
      poll: pollSchema,
      viewers,
      follow: v.exactOptional(follow),
      timestamp: serverTime,
      ...repliesTo,
    }),
  ),
  POLL_UPDATE: schemaOf<Message<'POLL_UPDATE'>>()(
    v.object({ type: kind('POLL_UPDATE'), poll_id: pollId, ...counts, viewers }),
  ),
  POLL_CLOSED: schemaOf<Message<'POLL_CLOSED'>>()(
    v.object({
      type: kind('POLL_CLOSED'),
      poll_id: pollId,
      ...counts,
      is_final: v.pipe(v.boolean(), v.description('Whether every vote accepted before the end is counted.')),
      closed_at: moment('When voting ended.'),
    }),
  ),
  POLL_DELETED: schemaOf<Message<'POLL_DELETED'>>()(
    v.object({ type: kind('POLL_DELETED'), poll_id: pollId }),
  ),
  VOTE_STATUS: schemaOf<Message<'VOTE_STATUS'>>()(
    v.object({
      type: kind('VOTE_STATUS'),
      status: liveVoteStatus,
      receipt,
      poll_id: pollId,
      reason: v.exactOptional(rejectionReason),
      ...repliesTo,
    }),
  ),
  UNSUBSCRIBED: schemaOf<Message<'UNSUBSCRIBED'>>()(
    v.object({ type: kind('UNSUBSCRIBED'), poll_id: pollId, ...repliesTo }),
  ),
  ERROR: schemaOf<Message<'ERROR'>>()(
    v.object({
      type: kind('ERROR'),
      code: errorCodeSchema,
      detail: v.pipe(v.string(), v.description('For people; the text may change.')),
      ...repliesTo,
    }),
  ),
  RECONNECT: schemaOf<Message<'RECONNECT'>>()(
    v.object({
      type: kind('RECONNECT'),
      after_ms: v.pipe(count, v.description('Milliseconds until the client should open a new connection.')),
    }),
  ),
  PONG: schemaOf<Message<'PONG'>>()(v.object({ type: kind('PONG'), ...repliesTo })),
} satisfies Record<MessageType, v.GenericSchema>;
