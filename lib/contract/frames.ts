import * as v from 'valibot';
import { ballotSchema, eitherBallotSchema, provenBallotSchema } from './castVoteRequest.ts';
import { isRequestId, MAX_REQUEST_ID_BYTES, REQUEST_ID_PATTERN } from './limits.ts';

/** Frames that a client sends over the WebSocket. Action and request id are read from every frame before its
 * own schema applies. */

const requestId = v.optional(
  v.pipe(
    v.string(),
    v.check(isRequestId, 'is too long or contains a control character.'),
    // JSON Schema cannot count bytes; a text within the limit has no more characters than that.
    v.metadata({ maxLength: MAX_REQUEST_ID_BYTES, pattern: REQUEST_ID_PATTERN }),
    v.description(
      `Echoed in the answer. At most ${MAX_REQUEST_ID_BYTES} bytes of UTF-8, without control characters.`,
    ),
  ),
);

// Not checked here: a malformed id is an unknown poll.
const pollId = v.pipe(v.string('must be the id or code of a poll.'), v.description("The poll's id or code."));

function frame<const A extends string, E extends v.ObjectEntries>(action: A, entries: E) {
  const named = v.pipe(v.literal(action), v.description('What the client asks for.'));
  return v.object({ action: named, ...entries, request_id: requestId });
}

export const pingFrameSchema = frame('ping', {});
export const leaderboardFrameSchema = frame('leaderboard', {});

export const subscribeFrameSchema = frame('subscribe', {
  poll_id: pollId,
  receipt: v.pipe(
    v.optional(v.string('must be a receipt.')),
    v.description(
      'A receipt for a vote in this poll. Opens results that are visible after voting, as soon as the vote is counted.',
    ),
  ),
  admin_token: v.pipe(
    v.optional(v.string('must be the token of the poll owner.')),
    v.description("The poll owner's token. Opens what the owner may see."),
  ),
});

export const unsubscribeFrameSchema = frame('unsubscribe', { poll_id: pollId });

const token = v.pipe(
  v.optional(v.string('must be a token.')),
  v.description(
    'Identifies the voter. Required where votes need a token, unless the connection was opened with one.',
  ),
);

/** Parses to `userId` and `optionIds`, like an HTTP vote. */
export const voteFrameSchema = v.intersect([frame('vote', { poll_id: pollId }), ballotSchema]);

/** The same where a token identifies the voter. */
export const provenVoteFrameSchema = v.intersect([
  frame('vote', { poll_id: pollId, token }),
  provenBallotSchema,
]);

/** Combines both for the API documents; never used for parsing. */
export const eitherVoteFrameSchema = v.intersect([
  frame('vote', { poll_id: pollId, token }),
  eitherBallotSchema,
]);
