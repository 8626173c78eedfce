import middy from '@middy/core';
import { createRateLimiter } from '../../lib/concurrency/rateLimit.ts';
import { postgresConfig, tokenIssuer, votesPerMinute } from '../../lib/config.ts';
import { RefusedError } from '../../lib/errors.ts';
import { cors } from '../../lib/http/cors.ts';
import { preferredWait } from '../../lib/http/headers.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { showQuota, sourceAddress } from '../../lib/http/quotas.ts';
import { readBallot } from '../../lib/http/readBody.ts';
import { type HttpEvent, type HttpResponse, json } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { voterIdentifier } from '../../lib/votes/identifyVoter.ts';
import { awaitVote, lookUpVote } from '../../lib/votes/lookUpVote.ts';
import { openBallotBox } from '../../lib/votes/openBallotBox.ts';

const database = createDatabase(postgresConfig());
const ballotBox = openBallotBox(database);
const identify = voterIdentifier(tokenIssuer());
const limiter = createRateLimiter('votes', votesPerMinute());

/** `POST /polls/{id}/vote`: accepts a vote. Answers with a receipt once the vote cannot be lost or, with
 * `Prefer: wait=n`, once it is counted or rejected within n seconds. */
async function castVote(event: HttpEvent): Promise<HttpResponse> {
  limiter?.spend(sourceAddress(event));
  const ballot = await readBallot(event, identify);
  const cast = await ballotBox.cast(event.pathParameters?.['id'] ?? '', ballot);
  if (cast.outcome === 'refused') throw new RefusedError(cast.code);
  const answer = { receipt: cast.receipt, poll_id: cast.pollId };

  const wait = preferredWait(event.headers['prefer']);
  if (wait === 0) return json(202, { status: 'accepted', ...answer });
  const outcome = await awaitVote(() => lookUpVote(database, cast.vote), wait * 1_000);
  if (outcome.status === 'rejected') throw new RefusedError(outcome.reason);
  const applied = { 'preference-applied': `wait=${wait}` };
  if (outcome.status === 'accepted') return json(202, { status: 'accepted', ...answer }, applied);
  return json(200, { status: 'counted', ...answer }, applied);
}

export const handler = withRequestIds(
  middy(castVote).use(writeMetrics()).use(cors()).use(showQuota(limiter)).use(problemDetails()),
);
