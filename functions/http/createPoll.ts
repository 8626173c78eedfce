import middy from '@middy/core';
import { createRateLimiter } from '../../lib/concurrency/rateLimit.ts';
import {
  createAuth,
  creationsPerMinute,
  postgresConfig,
  signingKeys,
  webhookTargets,
} from '../../lib/config.ts';
import { parse } from '../../lib/contract/inputs.ts';
import { newPollSchema } from '../../lib/contract/pollRequests.ts';
import { pollWithoutVotes, visiblePoll } from '../../lib/domain/poll.ts';
import { cors } from '../../lib/http/cors.ts';
import { creatorIdentifier } from '../../lib/http/creator.ts';
import { idempotencyKey } from '../../lib/http/headers.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { showQuota, sourceAddress } from '../../lib/http/quotas.ts';
import { readBody } from '../../lib/http/readBody.ts';
import { type HttpEvent, type HttpResponse, json } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createPoll as makePoll } from '../../lib/polls/createPoll.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { databaseNow } from '../../lib/sql/databaseClock.ts';
import { ownerToken } from '../../lib/tokens/ownerToken.ts';
import { webhookSecretOf } from '../../lib/webhooks/postWebhook.ts';

const database = createDatabase(postgresConfig());
const keys = signingKeys();
const targets = webhookTargets();
const identifyCreator = creatorIdentifier(database, createAuth(), keys);
const limiter = createRateLimiter('creations', creationsPerMinute());

/** `POST /polls`: creates a poll. Only this response contains the owner's token; an idempotent replay returns
 * the same response, and does not count as a creation. */
async function createPoll(event: HttpEvent): Promise<HttpResponse> {
  const keyId = await identifyCreator(event);
  const source = sourceAddress(event);
  const budget = { spend: () => limiter?.spend(source), refund: () => limiter?.refund(source) };
  const body = readBody(event);
  // What is invalid at any time is refused without asking Postgres for the time.
  parse(newPollSchema(null, targets), body);
  const request = { body, key: idempotencyKey(event), targets, keyId, budget };
  const poll = await database.run(async (sql) => makePoll(sql, request, await databaseNow(sql)));
  const shown = visiblePoll(pollWithoutVotes(poll, poll.createdAt), false);
  const answer = { ...shown, admin_token: ownerToken(keys, poll.id), ...webhookSecretOf(keys, poll) };
  return json(201, answer, { location: `/polls/${poll.id}` });
}

export const handler = withRequestIds(
  middy(createPoll).use(cors()).use(showQuota(limiter)).use(problemDetails()),
);
