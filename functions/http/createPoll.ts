import middy from '@middy/core';
import { wallClockMs } from '../../lib/clock.ts';
import { signingKeys } from '../../lib/config.ts';
import { pollWithoutVotes, visiblePoll } from '../../lib/domain/poll.ts';
import { cors } from '../../lib/http/cors.ts';
import { idempotencyKey } from '../../lib/http/headers.ts';
import { problems } from '../../lib/http/problemDetails.ts';
import { readBody } from '../../lib/http/readBody.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { json } from '../../lib/http/respond.ts';
import { createPoll as makePoll } from '../../lib/polls/createPoll.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { adminToken } from '../../lib/tokens/ownerToken.ts';
import { webhookSecretOf } from '../../lib/webhooks/postWebhook.ts';

const keys = signingKeys();

/** `POST /polls`: makes a poll. Its owner's token is told here and never again, but to who asks for the very same
 * with the same `Idempotency-Key`. */
async function createPoll(event: HttpEvent): Promise<HttpResponse> {
  const name = idempotencyKey(event);
  const body = readBody(event);
  const poll = await askPostgres((sql) => makePoll(sql, body, name, wallClockMs()));
  const shown = visiblePoll(pollWithoutVotes(poll, poll.createdAt), false);
  const answer = { ...shown, admin_token: adminToken(keys, poll.id), ...webhookSecretOf(keys, poll) };
  return json(201, answer, { location: `/polls/${poll.id}` });
}

export const handler = middy(createPoll).use(cors()).use(problems());
