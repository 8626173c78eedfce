import { CHALLENGE } from '../../errors.ts';
import {
  BOARD_LIMIT,
  IDEMPOTENCY_KEY,
  MAX_QUESTION_CHARACTERS,
  MAX_WAIT_SECONDS,
  PAGE_LIMIT,
} from '../limits.ts';
import { CURSOR, ETAG, poll, RECEIPT } from './samplePoll.ts';

export const parameters = {
  PollId: {
    name: 'id',
    in: 'path',
    required: true,
    description: "The poll's id or code.",
    schema: { type: 'string' },
    examples: { id: { value: poll.id }, code: { value: poll.code } },
  },
  Receipt: {
    name: 'receipt',
    in: 'path',
    required: true,
    description: 'The `receipt` from the answer to a vote.',
    schema: { type: 'string' },
    example: RECEIPT,
  },
  OpeningReceipt: {
    name: 'receipt',
    in: 'query',
    description:
      'The receipt of a counted vote in this poll opens results that are visible after voting. Other receipts have no effect.',
    schema: { type: 'string' },
    example: RECEIPT,
  },
  Status: {
    name: 'status',
    in: 'query',
    description:
      'Lists polls with this current status; `all` lists them whatever their status. Default: `open`.',
    schema: { $ref: '#/components/schemas/PollStatusFilter' },
    example: 'all',
  },
  SoughtText: {
    name: 'q',
    in: 'query',
    description:
      'Any part of the question, however it is typed: case, accents, width and the shape of quotes do not matter. Without wildcards.',
    schema: { type: 'string', maxLength: MAX_QUESTION_CHARACTERS },
    example: 'coffee',
  },
  Ballots: {
    name: 'ballots',
    in: 'query',
    description:
      "`true` adds a page of ballots; in CSV, it replaces the results. Requires the owner's token.",
    schema: { type: 'boolean', default: false },
    example: true,
  },
  BallotsCursor: {
    name: 'cursor',
    in: 'query',
    description:
      'The `next_cursor` of the previous page of ballots. In CSV, follow the `Link` header instead.',
    schema: { type: 'string' },
    example: CURSOR,
  },
  ByteOrderMark: {
    name: 'bom',
    in: 'query',
    description: '`true` puts a byte-order mark first in CSV, by which spreadsheets recognise UTF-8.',
    schema: { type: 'boolean', default: false },
    example: true,
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
    example: 50,
  },
  Cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `next_cursor` of the previous page, with the same `status` and `q`.',
    schema: { type: 'string' },
    example: CURSOR,
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
    example: 5,
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A unique key for this request, such as a UUID. Keep it secret: it gives access to the owner token. For 24 hours, repeating the request with the same key and body returns the same answer and creates no second poll.',
    schema: {
      type: 'string',
      minLength: IDEMPOTENCY_KEY.min,
      maxLength: IDEMPOTENCY_KEY.max,
      pattern: '^[!-~]*$',
    },
    example: '7d4f3c2a-9b1e-4f6d-8a5c-0e1b2d3c4f5a',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an earlier answer. The answer is 304 if nothing has changed since.',
    schema: { type: 'string' },
    example: ETAG,
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The `ETag` of an answer with this poll. If the poll has changed since (apart from its counts), the answer is 412 and nothing happens. `*` matches any state. A tag that a proxy has made weak (`W/`) counts as the tag itself.',
    schema: { type: 'string' },
    example: ETAG,
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: `\`wait=n\` (RFC 7240) waits up to n seconds, at most ${MAX_WAIT_SECONDS}, for the outcome of the vote. Malformed preferences are ignored.`,
    schema: { type: 'string' },
    example: 'wait=5',
  },
} as const;

const text = { type: 'string' };

export const headers = {
  'Access-Control-Allow-Origin': {
    description: 'Always `*`: any page may read the answer.',
    required: true,
    schema: { type: 'string', enum: ['*'] },
    example: '*',
  },
  'Cache-Control': {
    description: '`private` if the answer is for this reader only.',
    required: true,
    schema: text,
    example: 'public, s-maxage=1, max-age=0, must-revalidate',
  },
  ETag: {
    description: 'The version of the answer, for `If-None-Match` and `If-Match`.',
    required: true,
    schema: text,
    example: ETAG,
  },
  Location: {
    description: 'The path of the new poll.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: `/polls/${poll.id}`,
  },
  Vary: {
    description: 'The request headers that the answer depends on.',
    required: true,
    schema: { type: 'string', pattern: '(^|, *)[Aa]uthorization(,|$)' },
    example: 'Accept, Authorization',
  },
  Link: {
    description: 'The next page of ballots, `rel="next"`; absent on the last page.',
    schema: text,
    example: `</polls/${poll.id}/results?ballots=true&cursor=${CURSOR}>; rel="next"`,
  },
  'Preference-Applied': {
    description: 'The wait that the server granted.',
    schema: text,
    example: 'wait=5',
  },
  'WWW-Authenticate': {
    description: 'The expected scheme, with `error="invalid_token"` if the given token was invalid.',
    required: true,
    schema: { type: 'string', enum: [CHALLENGE.noToken, CHALLENGE.badToken] },
    example: CHALLENGE.noToken,
  },
  'RateLimit-Policy': {
    description: 'The quota: `q` requests in `w` seconds. Only where one is set.',
    schema: text,
    example: '"votes";q=600;w=60',
  },
  RateLimit: {
    description: 'What is left of the quota: `r` requests, and all of it again in `t` seconds.',
    schema: text,
    example: '"votes";r=599;t=60',
  },
  'Retry-After': {
    description: 'Seconds to wait before a retry.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
    example: '2',
  },
} as const;

export type ParameterName = keyof typeof parameters;
export type HeaderName = keyof typeof headers;
