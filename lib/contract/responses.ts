import * as v from 'valibot';
import type { BoardEntry } from '../domain/leaderboard.ts';
import type { Poll, PollOption } from '../domain/poll.ts';
import { CODE_PATTERN } from '../domain/pollCode.ts';
import { ERROR_CODES, type ErrorCode, type FieldError } from '../errors.ts';
import { soughtText } from './inputs.ts';
import { MAX_QUESTION_CHARACTERS } from './limits.ts';
import type { CastVoteResponse, CreatedPoll, VoteStatusResponse } from './messageTypes.ts';
import { count, hidden, receipt, rejectionReason, schemaOf, time, uuid, version } from './schemaOf.ts';

export const pollOptionFields = {
  option_id: uuid,
  option_text: v.string(),
  position: v.pipe(count, v.description('The index in the `options` of the create request, from 0.')),
  vote_count: hidden(count, 'How many ballots chose this option.'),
};

export const pollOptionSchema = schemaOf<PollOption>()(v.object(pollOptionFields));

export const pollStatus = v.picklist(
  ['scheduled', 'open', 'closing', 'closed'],
  'must be scheduled, open, closing or closed.',
);

/** Which polls to list. */
export const listedStatus = v.picklist(
  [...pollStatus.options, 'all'],
  'must be scheduled, open, closing, closed or all.',
);

export const pollFields = {
  id: uuid,
  code: v.pipe(
    v.string(),
    v.regex(new RegExp(CODE_PATTERN)),
    v.description(
      'Names the poll for people, and in paths like its id. Typed in any case, with O for 0 and I or L for 1. No secret.',
    ),
    v.examples(['7K2MXQ']),
  ),
  question: v.string(),
  status: v.pipe(
    pollStatus,
    v.description(
      '`closing`: voting is over and the last votes are being counted. `closed`: the results are final.',
    ),
  ),
  options: v.array(pollOptionSchema),
  total_votes: hidden(count, 'The number of ballots. A ballot may have several choices.'),
  max_choices: v.pipe(v.number(), v.integer(), v.minValue(1)),
  allow_change: v.pipe(v.boolean(), v.description("Whether a voter's later vote replaces the earlier one.")),
  results_visibility: v.picklist(['always', 'after_vote', 'after_close']),
  listed: v.pipe(v.boolean(), v.description('Whether the poll is in lists, searches and the leaderboard.')),
  created_at: time,
  opens_at: v.pipe(v.nullable(time), v.description('When voting opens; null if it opened on creation.')),
  expired_at: time,
  closed_at: v.pipe(v.nullable(time), v.description('When voting ended; null until then.')),
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
  data: v.array(pollSchema),
  next_cursor: v.pipe(
    v.nullable(v.string()),
    v.description('The cursor of the next page; null on the last page.'),
  ),
});

const names = { receipt, poll_id: uuid };

type CastAs<Status> = Omit<CastVoteResponse, 'status'> & { status: Status };

export const acceptedVoteSchema = schemaOf<CastAs<'accepted'>>()(
  v.object({ status: v.literal('accepted'), ...names }),
);

export const countedVoteSchema = schemaOf<CastAs<'counted'>>()(
  v.object({ status: v.literal('counted'), ...names }),
);

export const voteStatusSchema = schemaOf<VoteStatusResponse>()(
  v.object({
    status: v.pipe(
      v.picklist(['accepted', 'counted', 'replaced', 'rejected']),
      v.description(
        '`accepted`: stored, not yet counted. `replaced`: counted until a later vote of the same voter replaced it.',
      ),
    ),
    reason: v.exactOptional(rejectionReason),
    poll_id: uuid,
  }),
);

export const boardEntrySchema = schemaOf<BoardEntry>()(
  v.object({
    rank: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('Options with equal votes share a rank: 1, 2, 2, 4.'),
    ),
    poll_id: uuid,
    poll_question: v.string(),
    option_id: uuid,
    option_text: v.string(),
    position: count,
    vote_count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
);

export const leaderboardSchema = v.object({ data: v.array(boardEntrySchema), timestamp: time });

const state = v.picklist(['ok', 'unavailable']);

export const healthSchema = v.object({
  status: state,
  checks: v.object({ postgres: state, kafka: state }),
});

export const errorCodeSchema = schemaOf<ErrorCode>()(v.picklist(ERROR_CODES));

const fieldErrorSchema = schemaOf<FieldError>()(
  v.object({ field: v.pipe(v.string(), v.examples(['options.1'])), detail: v.string() }),
);

/** RFC 9457. */
export const problemSchema = v.object({
  type: v.pipe(
    v.string(),
    v.metadata({ format: 'uri-reference' }),
    v.description('Names the code: the path of its description in this document.'),
    v.examples(['/openapi.json#/components/responses/poll_not_found']),
  ),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.pipe(v.string(), v.description('For people; the text may change.')),
  code: errorCodeSchema,
  errors: v.exactOptional(
    v.pipe(v.array(fieldErrorSchema), v.description('Every invalid field of the request.')),
  ),
});
