import * as v from 'valibot';
import type { BoardEntry } from '../domain/leaderboard.ts';
import type { Poll, PollOption } from '../domain/poll.ts';
import { CODE_PATTERN } from '../domain/pollCode.ts';
import { ERROR_CODES, type ErrorCode, type FieldError } from '../errors.ts';
import { MAX_QUESTION_CHARACTERS } from './limits.ts';
import type { CastVoteResponse, CreatedPoll, VoteStatusResponse } from './messageTypes.ts';
import { listedStatus, pollStatus, resultsVisibility } from './pollEnums.ts';
import {
  count,
  hidden,
  moment,
  optionId,
  optionText,
  pollId,
  receipt,
  rejectionReason,
  schemaOf,
  version,
} from './schemaOf.ts';
import { soughtText } from './textInputs.ts';

export const pollOptionFields = {
  option_id: optionId,
  option_text: optionText,
  position: v.pipe(count, v.description('The index in the `options` of the create request, from 0.')),
  vote_count: hidden(count, 'How many ballots chose this option.'),
};

export const pollOptionSchema = schemaOf<PollOption>()(v.object(pollOptionFields));

export const pollFields = {
  id: pollId,
  code: v.pipe(
    v.string(),
    v.regex(new RegExp(CODE_PATTERN)),
    v.description(
      'A short name of the poll, accepted in paths in place of its id. Case does not matter; O is read as 0, I and L as 1. Not secret.',
    ),
  ),
  question: v.pipe(v.string(), v.description('What the poll asks, normalized.')),
  status: pollStatus,
  options: v.pipe(v.array(pollOptionSchema), v.description('The options, by position.')),
  total_votes: hidden(count, 'The number of ballots. A ballot may have several choices.'),
  max_choices: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description('How many options a ballot may choose.'),
  ),
  allow_change: v.pipe(v.boolean(), v.description("Whether a voter's later vote replaces the earlier one.")),
  results_visibility: resultsVisibility,
  listed: v.pipe(v.boolean(), v.description('Whether the poll is in lists, searches and the leaderboard.')),
  created_at: moment('When the poll was created.'),
  opens_at: v.nullable(moment('When voting opens; null if it opened on creation.')),
  expired_at: moment('When voting ends, or ended.'),
  closed_at: v.nullable(moment('When voting ended; null until then.')),
  is_final: v.pipe(v.boolean(), v.description('Whether every vote accepted before the end is counted.')),
  version: version,
};

export const pollSchema = schemaOf<Poll>()(v.object(pollFields));

export const createdPollSchema = schemaOf<CreatedPoll>()(
  v.object({
    ...pollFields,
    admin_token: v.pipe(
      v.string(),
      v.description("The owner's bearer token for this poll. Returned only on creation."),
    ),
    webhook_secret: v.exactOptional(
      v.pipe(
        v.string(),
        v.startsWith('whsec_'),
        v.description('Verifies webhooks. Returned only on creation, and only if `webhook_url` was given.'),
      ),
    ),
  }),
);

export const pollListQuerySchema = v.object({
  status: v.optional(listedStatus, 'open'),
  q: v.optional(soughtText(MAX_QUESTION_CHARACTERS), ''),
});

export const pollListSchema = v.object({
  data: v.pipe(v.array(pollSchema), v.description('The polls of this page, newest first.')),
  next_cursor: v.pipe(
    v.nullable(v.string()),
    v.description('The cursor of the next page; null on the last page.'),
  ),
});

export const castStatus = v.pipe(
  v.picklist(['accepted', 'counted']),
  v.description(
    '`accepted` (with 202): stored, not yet counted. `counted` (with 200): counted within the requested wait.',
  ),
);

/** One schema for 200 and 202, because some generators decode every success as the first. */
export const castVoteResponseSchema = schemaOf<CastVoteResponse>()(
  v.object({ status: castStatus, receipt, poll_id: pollId }),
);

export const voteStatus = v.pipe(
  v.picklist(['accepted', 'counted', 'replaced', 'rejected']),
  v.description(
    'What became of a vote. `accepted`: stored, not yet counted. `replaced`: counted until a later vote of the same voter replaced it.',
  ),
);

export const voteStatusResponseSchema = schemaOf<VoteStatusResponse>()(
  v.object({ status: voteStatus, reason: v.exactOptional(rejectionReason), poll_id: pollId }),
);

export const boardEntrySchema = schemaOf<BoardEntry>()(
  v.object({
    rank: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('Options with equal votes share a rank: 1, 2, 2, 4.'),
    ),
    poll_id: pollId,
    poll_question: v.pipe(v.string(), v.description('What the poll asks.')),
    option_id: optionId,
    option_text: optionText,
    position: v.pipe(count, v.description("The option's position in its poll, from 0.")),
    vote_count: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.metadata({ format: 'int64' }),
      v.description('How many ballots chose this option.'),
    ),
  }),
);

export const leaderboardSchema = v.object({
  data: v.pipe(v.array(boardEntrySchema), v.description('The options with the most votes, best first.')),
  timestamp: moment('When the board was read.'),
});

export const healthState = v.pipe(
  v.picklist(['ok', 'unavailable']),
  v.description('Whether a part of the service answers.'),
);

export const healthChecksSchema = v.pipe(
  v.object({ postgres: healthState, kafka: healthState }),
  v.description('The state of each part.'),
);

export const healthSchema = v.object({
  status: healthState,
  checks: healthChecksSchema,
});

export const errorCodeSchema = schemaOf<ErrorCode>()(
  v.pipe(v.picklist(ERROR_CODES), v.description('For programs; codes never change their meaning.')),
);

export const fieldErrorSchema = schemaOf<FieldError>()(
  v.object({
    field: v.pipe(v.string(), v.description('The path of the field, such as `options.1`.')),
    detail: v.pipe(v.string(), v.description('What is wrong with it, for people.')),
  }),
);

/** RFC 9457. */
export const problemSchema = v.object({
  type: v.pipe(
    v.string(),
    v.metadata({ format: 'uri-reference' }),
    v.description('Names the code: the path of its description in this document.'),
    v.examples(['/openapi.json#/x-problems/poll_not_found']),
  ),
  title: v.pipe(v.string(), v.description('The name of the HTTP status.')),
  status: v.pipe(v.number(), v.integer(), v.description('The HTTP status.')),
  detail: v.pipe(v.string(), v.description('For people; the text may change.')),
  code: errorCodeSchema,
  errors: v.exactOptional(
    v.pipe(v.array(fieldErrorSchema), v.description('Every invalid field of the request.')),
  ),
});
