import type { RefusalCode } from '../../errors.ts';
import { MAX_BODY_BYTES } from '../limits.ts';
import type { Route } from '../routes.ts';
import type { HeaderName, ParameterName, SchemaName } from './httpComponents.ts';

export interface Answer {
  description: string;
  /** Without one there is no body. */
  schema?: SchemaName;
  /** Whether the same can be had as CSV. */
  isAlsoCsv?: true;
  headers?: HeaderName[];
}

export interface Operation {
  /** The name of its function. */
  id: string;
  tag: 'Polls' | 'Votes' | 'Leaderboard' | 'Service';
  summary: string;
  description?: string;
  parameters?: ParameterName[];
  body?: SchemaName;
  /** By HTTP status. */
  answers: Record<number, Answer>;
  /** Whether it asks for the token of the poll's owner, always or for a part of it. */
  isForOwner?: true | 'in part';
  /** Whether it takes a voter's token, where votes take one. */
  isForVoter?: true;
  /** Beside those of every body that cannot be read. */
  refusals?: RefusalCode[];
  /** Whether it asks Postgres or Kafka, and so may answer 503. */
  canBeUnavailable: boolean;
}

const notModified: Answer = { description: 'As it was when it had this `ETag`.', headers: ['ETag'] };

const aDocument = { description: 'The document.', schema: 'Document', headers: ['ETag'] } satisfies Answer;

/** What each route takes and answers. */
export const operations: Record<Route, Operation> = {
  'POST /polls': {
    id: 'createPoll',
    tag: 'Polls',
    summary: 'Make a poll',
    description: [
      'Texts are trimmed and brought into NFC before their length counts; the options must differ then.',
      '`expired_at` is in the future, within 5 years. `opens_at` is before it; in the past it means now.',
      `\`max_choices\` is at most the number of options. The body has at most ${MAX_BODY_BYTES} bytes.`,
    ].join(' '),
    parameters: ['IdempotencyKey'],
    body: 'NewPoll',
    answers: { 201: { description: 'The poll.', schema: 'CreatedPoll', headers: ['Location'] } },
    refusals: ['idempotency_key_reused'],
    canBeUnavailable: true,
  },
  'GET /polls': {
    id: 'listPolls',
    tag: 'Polls',
    summary: 'List polls, or search their questions',
    description: 'Newest first. Each poll is as anybody sees it: hidden results are null.',
    parameters: ['Status', 'SoughtText', 'PageLimit', 'Cursor'],
    answers: { 200: { description: 'A page of polls.', schema: 'PollList' } },
    refusals: ['invalid_request'],
    canBeUnavailable: true,
  },
  'GET /polls/{id}': {
    id: 'getPoll',
    tag: 'Polls',
    summary: 'Read a poll with its counts',
    parameters: ['PollId', 'OpeningReceipt', 'IfNoneMatch'],
    answers: { 200: { description: 'The poll.', schema: 'Poll', headers: ['ETag'] }, 304: notModified },
    refusals: ['poll_not_found'],
    canBeUnavailable: true,
  },
  'GET /polls/{id}/results': {
    id: 'getResults',
    tag: 'Polls',
    summary: 'Take the results of a poll elsewhere',
    description: [
      'As JSON, or as CSV (RFC 4180) with an option a row. A cell that a spreadsheet would take for a formula begins',
      "with a `'`. With `ballots=true`, for the owner, a page of the ballots as well: as CSV, of them alone, with a",
      'ballot a row and the options chosen separated by spaces. Ballots are shuffled and name no voter.',
    ].join(' '),
    isForOwner: 'in part',
    parameters: ['PollId', 'OpeningReceipt', 'Ballots', 'BallotsCursor', 'IfNoneMatch'],
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
    summary: 'Close, extend, shorten, reopen or reword a poll',
    description: [
      'All that is asked for happens together or not at all; what is already so is no change.',
      '`expired_at` in the future moves the end, and opens again what is closed: votes refused meanwhile stay refused.',
      'Closing and reopening take effect a second later, so that every vote is judged by them alike; the answer comes then.',
      '`question` and `options` (as many as before) change as long as no vote has been counted. A vote that is',
      'accepted and not yet counted does not hinder that; it counts for the option of its id.',
    ].join(' '),
    isForOwner: true,
    parameters: ['PollId'],
    body: 'PollChanges',
    answers: { 200: { description: 'The poll as it is now.', schema: 'Poll' } },
    refusals: ['poll_not_found', 'has_votes'],
    canBeUnavailable: true,
  },
  'DELETE /polls/{id}': {
    id: 'deletePoll',
    tag: 'Polls',
    summary: 'Delete a poll with its votes',
    isForOwner: true,
    parameters: ['PollId'],
    answers: { 204: { description: 'It is gone.' } },
    refusals: ['poll_not_found'],
    canBeUnavailable: true,
  },
  'POST /polls/{id}/vote': {
    id: 'castVote',
    tag: 'Votes',
    summary: 'Vote',
    description: [
      'Give `option_id` or `option_ids`; an id that comes twice counts once. An empty list withdraws the vote',
      'where votes may change. A vote counts once, however often the same voter sends it: trying again is safe.',
      'Whose it is tells `user_id`, or, where votes take a token, the token: then `user_id` must not be given.',
    ].join(' '),
    isForVoter: true,
    parameters: ['PollId', 'Prefer'],
    body: 'Ballot',
    answers: {
      200: {
        description: 'Counted within the wait that `Prefer` asked for.',
        schema: 'CountedVote',
        headers: ['Preference-Applied'],
      },
      202: {
        description: 'Safe, and counted soon. The receipt tells what becomes of it.',
        schema: 'AcceptedVote',
        headers: ['Preference-Applied'],
      },
    },
    refusals: [
      'unauthorized',
      'poll_not_found',
      'poll_deleted',
      'poll_not_open',
      'poll_closed',
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
    summary: 'Ask what became of a vote',
    parameters: ['Receipt'],
    answers: { 200: { description: 'Where the vote stands.', schema: 'VoteStatus' } },
    refusals: ['receipt_not_found'],
    canBeUnavailable: true,
  },
  'GET /leaderboard': {
    id: 'getLeaderboard',
    tag: 'Leaderboard',
    summary: 'Read the options with the most votes',
    description:
      'Of all open polls whose results everybody may see: by votes, then the older poll, then position.',
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
    summary: 'Ask whether Postgres and Kafka answer',
    answers: {
      200: { description: 'Both do.', schema: 'Health' },
      503: { description: 'At least one does not.', schema: 'Health' },
    },
    canBeUnavailable: false,
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    tag: 'Service',
    summary: 'Read this description',
    parameters: ['IfNoneMatch'],
    answers: { 200: aDocument, 304: notModified },
    canBeUnavailable: false,
  },
  'GET /asyncapi.json': {
    id: 'getAsyncApi',
    tag: 'Service',
    summary: 'Read the description of the WebSocket',
    parameters: ['IfNoneMatch'],
    answers: { 200: aDocument, 304: notModified },
    canBeUnavailable: false,
  },
};
