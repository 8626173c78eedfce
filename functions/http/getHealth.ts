import middy from '@middy/core';
import { deadlineIn } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/concurrency/deadline.ts';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import type { HttpResponse } from '../../lib/http/respond.ts';
import { json } from '../../lib/http/respond.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { pingKafka } from '../../lib/kafka/cluster.ts';
import { topicsOf } from '../../lib/kafka/topics.ts';
import { outages } from '../../lib/outages.ts';
import { createDatabase, pingPostgres } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const config = kafkaConfig();
const kafka = kafkaClient(config);
const { votes } = topicsOf(config.topicPrefix);

// Who asks (a load balancer, a person) wants an answer while something is down, and soon.
const PATIENCE_MS = 2_000;

async function check(who: string, ping: Promise<void>, deadline: number): Promise<'ok' | 'unavailable'> {
  try {
    await withDeadline(ping, deadline, who);
    return 'ok';
  } catch (error) {
    outages.fault(`Checking ${who}`, error);
    return 'unavailable';
  }
}

/** `GET /health`: whether Postgres and Kafka answer, both asked at once. */
async function getHealth(): Promise<HttpResponse> {
  const deadline = deadlineIn(PATIENCE_MS);
  const [postgres, broker] = await Promise.all([
    check('Postgres', database.run(pingPostgres), deadline),
    check('Kafka', pingKafka(kafka, votes, deadline), deadline),
  ]);
  const isHealthy = postgres === 'ok' && broker === 'ok';
  const body = { status: isHealthy ? 'ok' : 'unavailable', checks: { postgres, kafka: broker } };
  return json(isHealthy ? 200 : 503, body);
}

export const handler = middy(getHealth).use(cors()).use(problemDetails());
