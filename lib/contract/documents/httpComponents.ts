import * as v from 'valibot';
import { wallClockMs } from '../../clock.ts';
import { CHALLENGE } from '../../errors.ts';
import { eitherBallotSchema } from '../castVoteRequest.ts';
import { BOARD_LIMIT, MAX_QUESTION_CHARACTERS, MAX_WAIT_SECONDS, PAGE_LIMIT } from '../limits.ts';
import { newPollSchema, pollChangesSchema } from '../pollRequests.ts';
import {
  acceptedVoteSchema,
  boardEntrySchema,
  countedVoteSchema,
  createdPollSchema,
  errorCodeSchema,
  healthSchema,
  leaderboardSchema,
  pollListSchema,
  pollOptionSchema,
  pollSchema,
  pollStatus,
  problemSchema,
  voteStatusSchema,
} from '../responses.ts';
import { resultsSchema } from '../resultsSchema.ts';
import { pollClosedEventSchema } from '../webhookSchema.ts';

/** What the operations of `/openapi.json` refer to by name. */
export const schemas = {
  NewPoll: newPollSchema(wallClockMs(), 'public'),
  PollChanges: pollChangesSchema(wallClockMs()),
  Poll: pollSchema,
  PollList: pollListSchema,
  PollOption: pollOptionSchema,
  CreatedPoll: createdPollSchema,
  Results: resultsSchema,
  PollClosedEvent: pollClosedEventSchema,
  Ballot: eitherBallotSchema,
  AcceptedVote: acceptedVoteSchema,
  CountedVote: countedVoteSchema,
  VoteStatus: voteStatusSchema,
  Leaderboard: leaderboardSchema,
  LeaderboardEntry: boardEntrySchema,
  Health: healthSchema,
  Document: v.record(v.string(), v.unknown()),
  Problem: problemSchema,
  ErrorCode: errorCodeSchema,
  /** API Gateway's own answer to too many requests. */
  Throttled: v.object({ message: v.string() }),
};

export const parameters = {
  PollId: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The id of a poll.',
    schema: { type: 'string', format: 'uuid' },
  },
  Receipt: {
    name: 'receipt',
    in: 'path',
    required: true,
    description: 'What the answer to a vote gave.',
    schema: { type: 'string' },
  },
  OpeningReceipt: {
    name: 'receipt',
    in: 'query',
    description:
      'Opens results that show after voting, if it is of a vote in this poll that was counted; any other changes nothing.',
    schema: { type: 'string' },
  },
  Status: {
    name: 'status',
    in: 'query',
    description: 'Which polls, by time as it is now.',
    schema: { type: 'string', enum: pollStatus.options, default: 'open' },
  },
  SoughtText: {
    name: 'q',
    in: 'query',
    description: 'Any part of the question, in any case. There are no wildcards.',
    schema: { type: 'string', maxLength: MAX_QUESTION_CHARACTERS },
  },
  Ballots: {
    name: 'ballots',
    in: 'query',
    description: 'For the owner: `true` asks for the ballots as well, as CSV for them alone.',
    schema: { type: 'boolean', default: false },
  },
  BallotsCursor: {
    name: 'cursor',
    in: 'query',
    description:
      'The `next_cursor` of a page of ballots, or the `Link` of one in CSV: asks for the next one.',
    schema: { type: 'string' },
  },
  PageLimit: {
    name: 'limit',
    in: 'query',
    description: 'How many polls a page has at most.',
    schema: {
      type: 'integer',
      minimum: PAGE_LIMIT.min,
      maximum: PAGE_LIMIT.max,
      default: PAGE_LIMIT.default,
    },
  },
  Cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `next_cursor` of a page with the same `status` and `q`: asks for the next one.',
    schema: { type: 'string' },
  },
  Limit: {
    name: 'limit',
    in: 'query',
    description: 'How many entries to answer at most.',
    schema: {
      type: 'integer',
      minimum: BOARD_LIMIT.min,
      maximum: BOARD_LIMIT.max,
      default: BOARD_LIMIT.default,
    },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A name for this creation, best a UUID. Within 24 hours the same name and body give the same answer, and no other poll.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an earlier answer: 304 if nothing has changed since.',
    schema: { type: 'string' },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: `\`wait=n\` (RFC 7240) asks to wait up to n seconds, at most ${MAX_WAIT_SECONDS}, for the outcome. What cannot be read is ignored.`,
    schema: { type: 'string', examples: ['wait=5'] },
  },
} as const;

const text = { type: 'string' };

export const headers = {
  'Access-Control-Allow-Origin': {
    description: 'Any page may read the answer.',
    required: true,
    schema: { const: '*' },
  },
  'Cache-Control': {
    description: 'Private where the answer is for this reader alone.',
    required: true,
    schema: text,
  },
  ETag: { description: 'For `If-None-Match`.', required: true, schema: text },
  Location: {
    description: 'Where the new poll is.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  Vary: {
    description: 'Each format is an answer of its own.',
    required: true,
    schema: { type: 'string', pattern: '(^|, *)[Aa]ccept(,|$)' },
  },
  Link: { description: 'Where the next page of ballots is; absent on the last.', schema: text },
  'Preference-Applied': { description: 'The wait that was granted.', schema: text },
  'WWW-Authenticate': {
    description: 'How to show a token, and whether one was shown in vain.',
    required: true,
    schema: { enum: [CHALLENGE.noToken, CHALLENGE.badToken] },
  },
  Allow: { description: 'The methods of this path.', required: true, schema: text },
  'Retry-After': {
    description: 'Seconds after which trying again makes sense.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
  },
} as const;

export type SchemaName = keyof typeof schemas;
export type ParameterName = keyof typeof parameters;
export type HeaderName = keyof typeof headers;
