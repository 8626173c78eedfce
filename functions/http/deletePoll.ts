import middy from '@middy/core';
import { kafkaConfig, postgresConfig, signingKeys } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { ownedPollId } from '../../lib/http/owner.ts';
import { ifMatch } from '../../lib/http/pollTag.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { tryToAnnounce } from '../../lib/polls/announceChanges.ts';
import { removePoll, untilForgotten } from '../../lib/polls/deletePoll.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const keys = signingKeys();
const kafka = kafkaConfig();
const producer = openProducer(kafka);

/** `DELETE /polls/{id}`: deletes a poll with its votes and counts. Owner only. Answers once votes for it are refused,
 * after most of a second. */
async function deletePoll(event: HttpEvent): Promise<HttpResponse> {
  const pollId = await ownedPollId(event, database, keys);
  const forgottenAt = await database.run((sql) => removePoll(sql, pollId, ifMatch(event, pollId)));
  await tryToAnnounce(database, producer, kafka.standingsPartitions);
  await untilForgotten(forgottenAt);
  return { statusCode: 204, headers: { 'cache-control': 'no-store' } };
}

export const handler = withRequestIds(middy(deletePoll).use(cors()).use(problemDetails()));
