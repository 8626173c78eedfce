import middy from '@middy/core';
import { createRateLimiter } from '../../lib/concurrency/rateLimit.ts';
import { postgresConfig, tokenIssuer, votesPerMinute } from '../../lib/config.ts';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { RefusedError } from '../../lib/errors.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import type { FrameEvent } from '../../lib/realtime/frames/readFrame.ts';
import { readVote } from '../../lib/realtime/frames/readVote.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { voterIdentifier } from '../../lib/votes/identifyVoter.ts';
import { openBallotBox } from '../../lib/votes/openBallotBox.ts';

const database = createDatabase(postgresConfig());
const ballotBox = openBallotBox(database);
const identify = voterIdentifier(tokenIssuer());
const limiter = createRateLimiter('votes', votesPerMinute());

/** Accepts a vote like `POST /polls/{id}/vote`. Its outcome is pushed once it is counted or rejected. */
async function vote(event: FrameEvent): Promise<ServerMessage> {
  limiter?.spend(event.requestContext.identity?.sourceIp ?? '');
  const { pollId, ballot } = await readVote(event, identify);
  const waiter = { connectionId: event.requestContext.connectionId, requestId: event.frame.requestId };
  const cast = await ballotBox.cast(pollId, ballot, waiter);
  if (cast.outcome === 'refused') throw new RefusedError(cast.code);
  return { type: 'VOTE_STATUS', status: 'accepted', receipt: cast.receipt, poll_id: cast.pollId };
}

export const handler = withRequestIds(middy(vote).use(writeMetrics()).use(answerFrames()));
