import * as v from 'valibot';
import { ballotSchema, eitherBallotSchema, provenBallotSchema } from './castVoteRequest.ts';
import { isRequestId, MAX_REQUEST_ID_BYTES, REQUEST_ID_PATTERN } from './limits.ts';

/** What a client says over the WebSocket. The action and the request id are read for every frame, before its
 * own schema is asked. */

const requestId = v.optional(
  v.pipe(
    v.string(),
    v.check(isRequestId, 'is too long or has a control character.'),
    // Of bytes JSON Schema knows nothing: no text within them has more characters than there are bytes.
    v.metadata({ maxLength: MAX_REQUEST_ID_BYTES, pattern: REQUEST_ID_PATTERN }),
    v.description(`Comes back with the answer. At most ${MAX_REQUEST_ID_BYTES} bytes of UTF-8.`),
  ),
);

// The format is told and not checked: what is no UUID is a poll that does not exist.
const pollId = v.pipe(v.string('must be the id of a poll.'), v.metadata({ format: 'uuid' }));

function frame<const A extends string, E extends v.ObjectEntries>(action: A, entries: E) {
  return v.object({ action: v.literal(action), ...entries, request_id: requestId });
}

export const pingFrameSchema = frame('ping', {});
export const leaderboardFrameSchema = frame('leaderboard', {});

export const subscribeFrameSchema = frame('subscribe', {
  poll_id: pollId,
  receipt: v.pipe(
    v.optional(v.string('must be a receipt.')),
    v.description('Of a vote in this poll that was counted: opens results that show after voting.'),
  ),
});

export const unsubscribeFrameSchema = frame('unsubscribe', { poll_id: pollId });

const token = v.pipe(
  v.optional(v.string('must be a token.')),
  v.description('Tells who votes, where votes take a token and this connection was not opened with one.'),
);

/** Comes out with `userId` and `optionIds`, as a ballot by HTTP does. */
export const voteFrameSchema = v.intersect([frame('vote', { poll_id: pollId }), ballotSchema]);

/** The same where a token tells who votes. */
export const provenVoteFrameSchema = v.intersect([
  frame('vote', { poll_id: pollId, token }),
  provenBallotSchema,
]);

/** Both of them as one; this describes and never runs. */
export const eitherVoteFrameSchema = v.intersect([
  frame('vote', { poll_id: pollId, token }),
  eitherBallotSchema,
]);
