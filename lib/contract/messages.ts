import * as v from 'valibot';
import type { ServerMessage } from './messageTypes.ts';
import { boardEntrySchema, errorCodeSchema, pollSchema } from './responses.ts';
import { count, hidden, receipt, rejectionReason, schemaOf, time, uuid, version } from './schemaOf.ts';

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
    url: v.pipe(v.string(), v.url(), v.description('Of the poll, as `GET /polls/{id}`.')),
    every_ms: v.pipe(count, v.description('Milliseconds between two reads; add jitter.')),
  }),
  v.description(
    'Present while the poll has more viewers than updates can reach in time. No updates come then: read the poll ' +
      'from the URL, until a `POLL_INIT` without `follow` arrives.',
  ),
);

const serverTime = v.pipe(
  time,
  v.description("The server's clock, for showing the time that is left on a device whose clock is wrong."),
);

/** Messages that the server sends over the WebSocket. */
export const serverMessageSchemas = {
  LEADERBOARD_INIT: schemaOf<Message<'LEADERBOARD_INIT'>>()(
    v.object({
      type: v.literal('LEADERBOARD_INIT'),
      data: v.array(boardEntrySchema),
      version: boardVersion,
      timestamp: time,
      ...repliesTo,
    }),
  ),
  LEADERBOARD_UPDATE: schemaOf<Message<'LEADERBOARD_UPDATE'>>()(
    v.object({
      type: v.literal('LEADERBOARD_UPDATE'),
      base_version: v.pipe(boardVersion, v.description('The version that this update applies to.')),
      version: boardVersion,
      changed: v.pipe(
        v.array(boardEntrySchema),
        v.description('Every entry with any changed field, including its rank.'),
      ),
      left: v.pipe(v.array(uuid), v.description('Ids of options that dropped off the board.')),
      timestamp: time,
    }),
  ),
  POLL_INIT: schemaOf<Message<'POLL_INIT'>>()(
    v.object({
      type: v.literal('POLL_INIT'),
      poll: pollSchema,
      viewers,
      follow: v.exactOptional(follow),
      timestamp: serverTime,
      ...repliesTo,
    }),
  ),
  POLL_UPDATE: schemaOf<Message<'POLL_UPDATE'>>()(
    v.object({ type: v.literal('POLL_UPDATE'), poll_id: uuid, ...counts, viewers }),
  ),
  POLL_CLOSED: schemaOf<Message<'POLL_CLOSED'>>()(
    v.object({
      type: v.literal('POLL_CLOSED'),
      poll_id: uuid,
      ...counts,
      is_final: v.pipe(v.boolean(), v.description('Whether every vote accepted before the end is counted.')),
      closed_at: time,
    }),
  ),
  POLL_DELETED: schemaOf<Message<'POLL_DELETED'>>()(
    v.object({ type: v.literal('POLL_DELETED'), poll_id: uuid }),
  ),
  VOTE_STATUS: schemaOf<Message<'VOTE_STATUS'>>()(
    v.object({
      type: v.literal('VOTE_STATUS'),
      status: v.picklist(['accepted', 'counted', 'rejected']),
      receipt,
      poll_id: uuid,
      reason: v.exactOptional(rejectionReason),
      ...repliesTo,
    }),
  ),
  UNSUBSCRIBED: schemaOf<Message<'UNSUBSCRIBED'>>()(
    v.object({ type: v.literal('UNSUBSCRIBED'), poll_id: uuid, ...repliesTo }),
  ),
  ERROR: schemaOf<Message<'ERROR'>>()(
    v.object({
      type: v.literal('ERROR'),
      code: errorCodeSchema,
      detail: v.pipe(v.string(), v.description('For people; the text may change.')),
      ...repliesTo,
    }),
  ),
  RECONNECT: schemaOf<Message<'RECONNECT'>>()(
    v.object({
      type: v.literal('RECONNECT'),
      after_ms: v.pipe(count, v.description('Milliseconds until the client should open a new connection.')),
    }),
  ),
  PONG: schemaOf<Message<'PONG'>>()(v.object({ type: v.literal('PONG'), ...repliesTo })),
} satisfies Record<MessageType, v.GenericSchema>;
