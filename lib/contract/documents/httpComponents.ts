import * as v from 'valibot';
import { wallClockMs } from '../../clock.ts';
import { CHALLENGE } from '../../errors.ts';
import { eitherBallotSchema } from '../castVoteRequest.ts';
import {
  BOARD_LIMIT,
  IDEMPOTENCY_KEY,
  MAX_QUESTION_CHARACTERS,
  MAX_WAIT_SECONDS,
  PAGE_LIMIT,
} from '../limits.ts';
import { newPollSchema, pollChangesSchema } from '../pollRequests.ts';
import {
  acceptedVoteSchema,
  boardEntrySchema,
  countedVoteSchema,
  createdPollSchema,
  errorCodeSchema,
  healthSchema,
  leaderboardSchema,
  listedStatus,
  pollListSchema,
  pollOptionSchema,
  pollSchema,
  problemSchema,
  voteStatusSchema,
} from '../responses.ts';
import { resultsSchema } from '../resultsSchema.ts';
import { pollClosedEventSchema } from '../webhookSchema.ts';

/** Named components that the operations refer to. */
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
  /** API Gateway's own response to throttled requests. */
  Throttled: v.object({ message: v.string() }),
};

export const parameters = {
  PollId: {
    name: 'id',
    in: 'path',
    required: true,
    description: "The poll's id or code.",
    schema: { type: 'string', examples: ['0190a5d8-c0de-7000-8000-00000000abcd', '7K2MXQ'] },
  },
  Receipt: {
    name: 'receipt',
    in: 'path',
    required: true,
    description: 'The `receipt` from the answer to a vote.',
    schema: { type: 'string' },
  },
  OpeningReceipt: {
    name: 'receipt',
    in: 'query',
    description:
      'The receipt of a counted vote in this poll opens results that are visible after voting. Other receipts have no effect.',
    schema: { type: 'string' },
  },
  Status: {
    name: 'status',
    in: 'query',
    description: 'Lists polls with this current status; `all` lists them whatever their status.',
    schema: { type: 'string', enum: listedStatus.options, default: 'open' },
  },
  SoughtText: {
    name: 'q',
    in: 'query',
    description:
      'Any part of the question, however it is typed: case, accents, width and the shape of quotes do not matter. Without wildcards.',
    schema: { type: 'string', maxLength: MAX_QUESTION_CHARACTERS },
  },
  Ballots: {
    name: 'ballots',
    in: 'query',
    description:
      "`true` adds a page of ballots; in CSV, it replaces the results. Requires the owner's token.",
    schema: { type: 'boolean', default: false },
  },
  BallotsCursor: {
    name: 'cursor',
    in: 'query',
    description:
      'The `next_cursor` of the previous page of ballots. In CSV, follow the `Link` header instead.',
    schema: { type: 'string' },
  },
  ByteOrderMark: {
    name: 'bom',
    in: 'query',
    description: '`true` puts a byte-order mark first in CSV, by which spreadsheets recognise UTF-8.',
    schema: { type: 'boolean', default: false },
  },
  PageLimit: {
    name: 'limit',
    in: 'query',
    description: 'Maximum number of polls per page.',
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
    description: 'The `next_cursor` of the previous page, with the same `status` and `q`.',
    schema: { type: 'string' },
  },
  Limit: {
    name: 'limit',
    in: 'query',
    description: 'Maximum number of entries.',
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
      'A unique key for this request, best a UUID. Keep it secret: it gives access to the owner token. For 24 hours, repeating the request with the same key and body returns the same answer and creates no second poll.',
    schema: {
      type: 'string',
      minLength: IDEMPOTENCY_KEY.min,
      maxLength: IDEMPOTENCY_KEY.max,
      pattern: '^[!-~]*$',
    },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an earlier answer. The answer is 304 if nothing has changed since.',
    schema: { type: 'string' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The `ETag` of an answer with this poll. If the poll has changed since, other than its counts, the answer is 412 and nothing happens. `*` matches any state; weak tags match none.',
    schema: { type: 'string' },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: `\`wait=n\` (RFC 7240) waits up to n seconds, at most ${MAX_WAIT_SECONDS}, for the outcome of the vote. Malformed preferences are ignored.`,
    schema: { type: 'string', examples: ['wait=5'] },
  },
} as const;

const text = { type: 'string' };

export const headers = {
  'Access-Control-Allow-Origin': {
    description: 'Always `*`: any page may read the answer.',
    required: true,
    schema: { const: '*' },
  },
  'Cache-Control': {
    description: '`private` if the answer is for this reader only.',
    required: true,
    schema: text,
  },
  ETag: {
    description: 'The version of the answer, for `If-None-Match` and `If-Match`.',
    required: true,
    schema: text,
  },
  Location: {
    description: 'The path of the new poll.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  Vary: {
    description: 'The request headers that the answer depends on.',
    required: true,
    schema: { type: 'string', pattern: '(^|, *)[Aa]uthorization(,|$)', examples: ['Accept, Authorization'] },
  },
  Link: { description: 'The next page of ballots, `rel="next"`; absent on the last page.', schema: text },
  'Preference-Applied': { description: 'The wait that the server granted.', schema: text },
  'WWW-Authenticate': {
    description: 'The expected scheme, with `error="invalid_token"` if the given token was invalid.',
    required: true,
    schema: { enum: [CHALLENGE.noToken, CHALLENGE.badToken] },
  },
  Allow: { description: 'The methods that the path supports.', required: true, schema: text },
  'RateLimit-Policy': {
    description: 'The quota: `q` requests in `w` seconds. Only where one is set.',
    schema: { type: 'string', examples: ['"votes";q=600;w=60'] },
  },
  RateLimit: {
    description: 'What is left of the quota: `r` requests, and all of it again in `t` seconds.',
    schema: { type: 'string', examples: ['"votes";r=599;t=60'] },
  },
  'Retry-After': {
    description: 'Seconds to wait before a retry.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
  },
} as const;

export type SchemaName = keyof typeof schemas;
export type ParameterName = keyof typeof parameters;
export type HeaderName = keyof typeof headers;
