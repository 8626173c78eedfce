import { ERRORS, type ErrorCode } from '../../errors.ts';
import type { CreatePollRequest, UpdatePollRequest } from '../messageTypes.ts';
import { titleOf } from '../statusTitles.ts';
import type { SchemaName } from './httpSchemas.ts';
import type { Sample } from './jsonSchemas.ts';
import * as sample from './samplePoll.ts';

const newPoll: CreatePollRequest = {
  question: 'Tea or coffee?',
  options: ['Tea', 'Coffee'],
  expires_in: 600,
};

const newPollInFull: CreatePollRequest = {
  question: 'Which three talks do we record?',
  options: ['Kafka', 'Lambda', 'Postgres', 'TypeScript'],
  expired_at: '2030-01-31T18:00:00+01:00',
  opens_at: '2030-01-31T12:00:00Z',
  max_choices: 3,
  allow_change: true,
  results_visibility: 'after_vote',
  listed: false,
  webhook_url: 'https://example.com/polls/closed',
};

const changes: Record<string, UpdatePollRequest> = {
  close: { closed: true },
  extend: { expires_in: 600 },
  reschedule: { expired_at: '2030-01-31T18:00:00Z', opens_at: '2030-01-31T12:00:00Z', listed: false },
  reword: { question: 'Tea or coffee today?', options: ['Tea', 'Coffee'] },
};

const ballots = {
  oneOption: { user_id: 'ada', option_id: sample.TEA },
  severalOptions: { user_id: 'ada', option_ids: [sample.TEA, sample.COFFEE] },
};

const fieldError = { field: 'options.1', detail: 'must have 1 to 200 characters.' };

/** The body of an error, as it is answered. */
export function problemOf(code: ErrorCode) {
  const { status, detail } = ERRORS[code];
  const problem = { type: `/openapi.json#/x-problems/${code}`, title: titleOf(status), status, detail, code };
  if (code !== 'invalid_request') return problem;
  return { ...problem, detail: `${fieldError.field}: ${fieldError.detail}`, errors: [fieldError] };
}

const anonymousBallot = { option_ids: [sample.TEA], voted_at: '2030-01-31T12:05:00.000Z' };

/** Each component's examples, which together have every field; and its description, where its schema has none. */
export const samples: Record<SchemaName, Sample> = {
  CreatePollRequest: {
    description: 'A new poll. Exactly one of `expired_at` and `expires_in` must be given.',
    examples: { short: newPoll, full: newPollInFull },
  },
  UpdatePollRequest: { description: "An owner's changes, at least one.", examples: changes },
  CastVoteRequest: {
    description: 'A ballot. Exactly one of `option_id` and `option_ids` must be given.',
    examples: ballots,
  },
  Poll: { description: 'A poll with its counts.', examples: { open: sample.poll } },
  PollOption: { description: 'An option with its votes.', examples: { tea: sample.poll.options[0] } },
  PollList: {
    description: 'A page of polls.',
    examples: {
      page: { data: [sample.poll], next_cursor: sample.CURSOR },
    },
  },
  CreatedPoll: { description: 'A new poll with its secrets.', examples: { created: sample.createdPoll } },
  Results: {
    description: 'The results of a poll. `ballots` and `next_cursor` come only with `ballots=true`.',
    examples: {
      results: sample.results,
      ballots: { ...sample.results, ballots: [anonymousBallot], next_cursor: null },
    },
  },
  OptionResult: {
    description: 'An option with its votes and its share.',
    examples: { tea: sample.results.options[0] },
  },
  AnonymousBallot: { description: 'A ballot without its voter.', examples: { ballot: anonymousBallot } },
  PollClosedEvent: {
    description: 'The event that a `webhook_url` receives when the results are final.',
    examples: {
      closed: { type: 'poll.closed', timestamp: '2030-01-31T12:10:15.000Z', data: sample.finalPoll },
    },
  },
  PollExpiringEvent: {
    description: 'The event that a `webhook_url` receives before an old poll is deleted.',
    examples: {
      expiring: {
        type: 'poll.expiring',
        timestamp: '2030-02-27T12:10:00.000Z',
        deletes_at: '2030-03-02T12:10:00.000Z',
        data: sample.finalPoll,
      },
    },
  },
  CastVoteResponse: {
    description: 'An accepted vote, with the receipt that looks it up.',
    examples: { accepted: sample.accepted, counted: sample.counted },
  },
  VoteStatusResponse: {
    description: 'What became of a vote.',
    examples: { rejected: sample.rejected, counted: { status: 'counted', poll_id: sample.poll.id } },
  },
  Leaderboard: {
    description: 'The options with the most votes.',
    examples: { board: { data: [sample.boardEntry], timestamp: '2030-01-31T12:05:07.089Z' } },
  },
  LeaderboardEntry: { description: 'An option on the leaderboard.', examples: { first: sample.boardEntry } },
  Health: {
    description: 'Whether the service can count votes.',
    examples: {
      ok: { status: 'ok', checks: { postgres: 'ok', kafka: 'ok' } },
      unavailable: { status: 'unavailable', checks: { postgres: 'unavailable', kafka: 'ok' } },
    },
  },
  HealthChecks: { examples: { ok: { postgres: 'ok', kafka: 'ok' } } },
  Document: {
    description: 'An API document.',
    examples: { openapi: { openapi: '3.1.1' }, asyncapi: { asyncapi: '3.1.0' } },
  },
  Problem: {
    description: 'An error, as of RFC 9457.',
    examples: { invalid_request: problemOf('invalid_request') },
  },
  FieldError: { description: 'An invalid field.', examples: { field: fieldError } },
  PollStatus: { examples: { open: 'open' } },
  PollStatusFilter: { examples: { all: 'all' } },
  ResultsVisibility: { examples: { after_vote: 'after_vote' } },
  CastVoteStatus: { examples: { accepted: 'accepted' } },
  VoteStatus: { examples: { counted: 'counted' } },
  RejectionReason: { examples: { already_voted: 'already_voted' } },
  HealthState: { examples: { ok: 'ok' } },
  ErrorCode: { examples: { poll_not_found: 'poll_not_found' } },
};
