import { MAX_BODY_BYTES } from '../limits.ts';
import type { Route } from '../routes.ts';
import type { HeaderName } from './httpComponents.ts';
import type { Answer, Operation } from './operation.ts';

const notModified: Answer = {
  description: 'Not modified since the answer with this `ETag`.',
  headers: ['ETag'],
};

const MORE_FOR_OWNERS = [
  'Results that are visible after voting or after closing open to everybody once they are final. The owner, with their',
  'token, reads those visible after voting at any time, and until then `total_votes` of those visible after closing.',
].join(' ');

const QUOTA: HeaderName[] = ['RateLimit-Policy', 'RateLimit'];

const aDocument = (kind: string): Answer => ({
  description: 'The document.',
  schema: 'Document',
  examples: [kind],
  headers: ['ETag'],
});

export const operations: Record<Route, Operation> = {
  'POST /polls': {
    id: 'createPoll',
    tag: 'Polls',
    summary: 'Create a poll',
    description: [
      'Texts are normalized: NFC, runs of white space become one space, trimmed, and characters that nobody sees are',
      'dropped where they carry nothing. Control and bidi-override characters are refused. Lengths and the uniqueness of',
      'options are checked afterwards. Exactly one of `expired_at` (in the future, within 5 years) and `expires_in` (whole',
      'seconds from now, or from the opening if that is ahead) must be given. `opens_at` must be before the end; in the',
      'past it means now.',
      'Where creating needs a key, `401` is answered without one and `403` with a wrong or revoked one. A key has a limit',
      'of polls that have not ended (`403`) and of creations a minute (`429`). Replays count towards no limit.',
      `\`max_choices\` must not exceed the number of options. The body must not exceed ${MAX_BODY_BYTES} bytes.`,
    ].join(' '),
    isForCreator: true,
    parameters: ['IdempotencyKey'],
    body: 'CreatePollRequest',
    answers: {
      201: {
        description: 'The new poll, with its secrets.',
        schema: 'CreatedPoll',
        headers: ['Location', ...QUOTA],
      },
    },
    refusals: ['unauthorized', 'forbidden', 'idempotency_key_reused', 'too_many_requests'],
    canBeUnavailable: true,
  },
  'GET /polls': {
    id: 'listPolls',
    tag: 'Polls',
    summary: 'List or search polls',
    description: 'Newest first, listed polls only. Shows what everyone may see: hidden results are null.',
    parameters: ['Status', 'SoughtText', 'PageLimit', 'Cursor', 'IfNoneMatch'],
    answers: {
      200: { description: 'A page of polls.', schema: 'PollList', headers: ['ETag'] },
      304: notModified,
    },
    refusals: ['invalid_request'],
    canBeUnavailable: true,
  },
  'GET /polls/{id}': {
    id: 'getPoll',
    tag: 'Polls',
    summary: 'Get a poll with its counts',
    description: MORE_FOR_OWNERS,
    isForOwner: 'more',
    parameters: ['PollId', 'OpeningReceipt', 'IfNoneMatch'],
    answers: {
      200: { description: 'The poll.', schema: 'Poll', headers: ['ETag', 'Vary'] },
      304: { ...notModified, headers: ['ETag', 'Vary'] },
    },
    refusals: ['poll_not_found'],
    canBeUnavailable: true,
  },
  'GET /polls/{id}/results': {
    id: 'getResults',
    tag: 'Polls',
    summary: 'Export the results of a poll',
    description: [
      'As JSON, or as CSV (RFC 4180) with one row per option. In CSV, a cell that a spreadsheet would run as a formula',
      "gets a leading `'`. `ballots=true` requires the owner's token and adds a page of ballots; in CSV the ballots",
      'replace the results, one row per ballot, with option ids separated by spaces. Ballots are shuffled and anonymous.',
      MORE_FOR_OWNERS,
    ].join(' '),
    isForOwner: 'in part',
    parameters: ['PollId', 'OpeningReceipt', 'Ballots', 'BallotsCursor', 'ByteOrderMark', 'IfNoneMatch'],
    answers: {
      200: {
        description: 'The results.',
        schema: 'Results',
        isAlsoCsv: true,
        headers: ['ETag', 'Vary', 'Link'],
      },
      304: { ...notModified, headers: ['ETag', 'Vary', 'Link'] },
    },
    refusals: ['invalid_request', 'poll_not_found', 'not_acceptable'],
    canBeUnavailable: true,
  },
  'PATCH /polls/{id}': {
    id: 'updatePoll',
    tag: 'Polls',
    summary: 'Change the voting times, the words or the listing of a poll',
    description: [
      'All changes apply together or not at all. Repeating a request is safe: values that are already set change nothing.',
      '`closed` ends voting now. A future `expired_at`, or `expires_in`, moves the end and reopens a closed poll; votes that',
      'were refused before stay refused. `opens_at` moves an opening that is still ahead; now or earlier opens the poll now.',
      'Closing, opening and reopening take effect after one second, in which the answer waits, so that all',
      'servers judge votes alike. `question` and `options` (the same number) can change until the first vote is counted.',
      'Votes that are accepted but not yet counted then, and those of the next two seconds, in which the answer waits, are',
      'rejected (`poll_changed`), because their voters saw the old words. Options keep their ids. `listed` decides whether',
      'lists, searches and the leaderboard have the poll.',
    ].join(' '),
    isForOwner: true,
    parameters: ['PollId', 'IfMatch'],
    body: 'UpdatePollRequest',
    answers: { 200: { description: 'The poll as it is now.', schema: 'Poll', headers: ['ETag'] } },
    refusals: ['poll_not_found', 'has_votes', 'precondition_failed'],
    canBeUnavailable: true,
  },
  'DELETE /polls/{id}': {
    id: 'deletePoll',
    tag: 'Polls',
    summary: 'Delete a poll with its votes',
    description: 'Its receipts answer `rejected` with the reason `poll_deleted` from then on.',
    isForOwner: true,
    parameters: ['PollId', 'IfMatch'],
    answers: { 204: { description: 'Deleted.' } },
    refusals: ['poll_not_found', 'precondition_failed'],
    canBeUnavailable: true,
  },
  'POST /polls/{id}/vote': {
    id: 'castVote',
    tag: 'Votes',
    summary: 'Cast a vote',
    description: [
      'Send `option_id` or `option_ids`; duplicate ids count once. If `allow_change` is set, an empty list withdraws the',
      'vote; if none stands, it is counted, changes nothing and opens no hidden results. Each voter has one vote, so',
      'retries are safe. `user_id` identifies the voter; where votes need a token, the token does, and `user_id` must not',
      'be given.',
    ].join(' '),
    isForVoter: true,
    parameters: ['PollId', 'Prefer'],
    body: 'CastVoteRequest',
    answers: {
      200: {
        description: 'The vote was counted within the requested wait.',
        schema: 'CastVoteResponse',
        examples: ['counted'],
        headers: ['Preference-Applied', ...QUOTA],
      },
      202: {
        description: 'The vote is stored and will be counted soon. Look up the outcome with the receipt.',
        schema: 'CastVoteResponse',
        examples: ['accepted'],
        headers: ['Preference-Applied', ...QUOTA],
      },
    },
    refusals: [
      'too_many_requests',
      'unauthorized',
      'poll_not_found',
      'poll_deleted',
      'poll_not_open',
      'poll_closed',
      'poll_changed',
      'already_voted',
      'unknown_option',
      'too_many_choices',
      'empty_ballot',
    ],
    canBeUnavailable: true,
  },
  'GET /votes/{receipt}': {
    id: 'getVote',
    tag: 'Votes',
    summary: 'Get the status of a vote',
    description: 'A receipt works as long as its poll exists, and does not reveal the choice.',
    parameters: ['Receipt'],
    answers: { 200: { description: 'The status of the vote.', schema: 'VoteStatusResponse' } },
    refusals: ['receipt_not_found'],
    canBeUnavailable: true,
  },
  'GET /leaderboard': {
    id: 'getLeaderboard',
    tag: 'Leaderboard',
    summary: 'Get the options with the most votes',
    description:
      'Over all open listed polls with public results, sorted by votes, then older poll, then position.',
    parameters: ['Limit', 'IfNoneMatch'],
    answers: {
      200: { description: 'The leaderboard.', schema: 'Leaderboard', headers: ['ETag'] },
      304: notModified,
    },
    refusals: ['invalid_request'],
    canBeUnavailable: true,
  },
  'GET /health': {
    id: 'getHealth',
    tag: 'Service',
    summary: 'Check Postgres and Kafka',
    description:
      'For load balancers and monitoring. While Postgres is unavailable, votes are accepted for polls that are cached.',
    answers: {
      200: { description: 'Both are available.', schema: 'Health', examples: ['ok'] },
      503: { description: 'At least one is unavailable.', schema: 'Health', examples: ['unavailable'] },
    },
    canBeUnavailable: false,
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    tag: 'Service',
    summary: 'Get this description',
    description: 'The HTTP interface, generated from the schemas that check requests.',
    parameters: ['IfNoneMatch'],
    answers: { 200: aDocument('openapi'), 304: notModified },
    canBeUnavailable: false,
  },
  'GET /asyncapi.json': {
    id: 'getAsyncApi',
    tag: 'Service',
    summary: 'Get the description of the WebSocket API',
    description: 'An AsyncAPI document, generated from the schemas that check frames.',
    parameters: ['IfNoneMatch'],
    answers: { 200: aDocument('asyncapi'), 304: notModified },
    canBeUnavailable: false,
  },
};
