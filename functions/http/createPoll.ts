import middy from '@middy/core';
import { signingKeys } from '../../lib/config.ts';
import { pollWithoutVotes } from '../../lib/domain/newPoll.ts';
import { visiblePoll } from '../../lib/domain/visiblePoll.ts';
import { cors } from '../../lib/http/cors.ts';
import { problems } from '../../lib/http/problems.ts';
import { readJson } from '../../lib/http/readJson.ts';
import { json } from '../../lib/http/respond.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/types.ts';
import { newPollSchema } from '../../lib/schemas/newPoll.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { insertPoll } from '../../lib/sql/insertPoll.ts';
import { adminToken } from '../../lib/voting/adminToken.ts';
import { planPoll } from '../../lib/voting/planPoll.ts';
import { webhookSecretOf } from '../../lib/webhooks/signWebhook.ts';

const keys = signingKeys();

/** `POST /polls`: makes a poll. Its owner's token is told here and never again. */
async function createPoll(event: HttpEvent): Promise<HttpResponse> {
  const now = Date.now();
  const poll = planPoll(readJson(event, newPollSchema), now);
  await askPostgres((sql) => insertPoll(sql, poll));
  const shown = visiblePoll(pollWithoutVotes(poll, now), false);
  const answer = { ...shown, admin_token: adminToken(keys, poll.id), ...webhookSecretOf(keys, poll) };
  return json(201, answer, { location: `/polls/${poll.id}` });
}

export const handler = middy(createPoll).use(cors()).use(problems());
