import middy from '@middy/core';
import { kafkaConfig, postgresConfig, signingKeys } from '../../lib/config.ts';
import { pollChangesSchema } from '../../lib/contract/pollRequests.ts';
import { ownersPoll } from '../../lib/domain/poll.ts';
import { cors } from '../../lib/http/cors.ts';
import { ownedPollId } from '../../lib/http/owner.ts';
import { ifMatch, pollTag } from '../../lib/http/pollTag.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { readJson } from '../../lib/http/readBody.ts';
import { type HttpEvent, type HttpResponse, json } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { tryToAnnounce } from '../../lib/polls/announceChanges.ts';
import { CHANGE_TIMEOUT_MS, changePoll } from '../../lib/polls/changePoll.ts';
import type { Sql } from '../../lib/sql/client.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { databaseNow } from '../../lib/sql/databaseClock.ts';

const database = createDatabase(postgresConfig());
const keys = signingKeys();
const kafka = kafkaConfig();
const producer = openProducer(kafka);

/** `PATCH /polls/{id}`: closes, extends, shortens, reopens, rewords, lists or unlists a poll, or moves its opening.
 * Owner only. Answers once the change is in effect: new times take effect a second after the request. */
async function updatePoll(event: HttpEvent): Promise<HttpResponse> {
  const pollId = await ownedPollId(event, database, keys);
  const changes = readJson(event, pollChangesSchema(await database.run(databaseNow)));
  const isAsSeen = ifMatch(event, pollId);
  const change = (sql: Sql) => changePoll(sql, pollId, changes, { isAsSeen });
  const { poll, stateVersion } = await database.run(change, CHANGE_TIMEOUT_MS);
  await tryToAnnounce(database, producer, kafka.standingsPartitions);
  const body = ownersPoll(poll);
  return json(200, body, { etag: pollTag(pollId, stateVersion, JSON.stringify(body)) });
}

export const handler = withRequestIds(middy(updatePoll).use(cors()).use(problemDetails()));
