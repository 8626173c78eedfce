import * as v from 'valibot';
import { wallClockMs } from '../../clock.ts';
import { eitherBallotSchema } from '../castVoteRequest.ts';
import { listedStatus, pollStatus, resultsVisibility } from '../pollEnums.ts';
import { newPollSchema, pollChangesSchema } from '../pollRequests.ts';
import {
  boardEntrySchema,
  castStatus,
  castVoteResponseSchema,
  createdPollSchema,
  errorCodeSchema,
  fieldErrorSchema,
  healthChecksSchema,
  healthSchema,
  healthState,
  leaderboardSchema,
  pollListSchema,
  pollOptionSchema,
  pollSchema,
  problemSchema,
  voteStatus,
  voteStatusResponseSchema,
} from '../responses.ts';
import { anonymousBallotSchema, optionResultSchema, resultsSchema } from '../resultsSchema.ts';
import { rejectionReason } from '../schemaOf.ts';
import { pollClosedEventSchema, pollExpiringEventSchema } from '../webhookSchema.ts';

/** Named components that the operations refer to. What has no name here, generators name themselves. */
export const schemas = {
  CreatePollRequest: newPollSchema(wallClockMs(), 'public'),
  UpdatePollRequest: pollChangesSchema(wallClockMs()),
  CastVoteRequest: eitherBallotSchema,
  Poll: pollSchema,
  PollOption: pollOptionSchema,
  PollList: pollListSchema,
  CreatedPoll: createdPollSchema,
  Results: resultsSchema,
  OptionResult: optionResultSchema,
  AnonymousBallot: anonymousBallotSchema,
  PollClosedEvent: pollClosedEventSchema,
  PollExpiringEvent: pollExpiringEventSchema,
  CastVoteResponse: castVoteResponseSchema,
  VoteStatusResponse: voteStatusResponseSchema,
  Leaderboard: leaderboardSchema,
  LeaderboardEntry: boardEntrySchema,
  Health: healthSchema,
  HealthChecks: healthChecksSchema,
  Document: v.record(v.string(), v.unknown()),
  Problem: problemSchema,
  FieldError: fieldErrorSchema,
  // Where two enumerations share a value, the constants of the later one get its name as a prefix.
  PollStatus: pollStatus,
  ResultsVisibility: resultsVisibility,
  VoteStatus: voteStatus,
  ErrorCode: errorCodeSchema,
  PollStatusFilter: listedStatus,
  CastVoteStatus: castStatus,
  RejectionReason: rejectionReason,
  HealthState: healthState,
};

export type SchemaName = keyof typeof schemas;
