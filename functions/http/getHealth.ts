import middy from '@middy/core';
import { deadlineIn } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/concurrency/deadline.ts';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { type HttpResponse, json } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { pingKafka } from '../../lib/kafka/cluster.ts';
import { topicsOf } from '../../lib/kafka/topics.ts';
import { outages } from '../../lib/outages.ts';
import { createPostgresCheck } from '../../lib/sql/checkPostgres.ts';

const config = kafkaConfig();
const kafka = kafkaClient(config);
const { votes } = topicsOf(config.topicPrefix);

// A load balancer needs a fast answer, above all during an outage.
const TIMEOUT_MS = 2_000;

const checkPostgres = createPostgresCheck(postgresConfig(), TIMEOUT_MS);

async function check(service: string, ping: Promise<void>, deadline: number): Promise<'ok' | 'unavailable'> {
  try {
    await outages.watch(`Checking ${service}`, () => withDeadline(ping, deadline, service));
    return 'ok';
  } catch {
    return 'unavailable';
  }
}

/** `GET /health`: checks Postgres, on a new connection, and Kafka in parallel. */
async function getHealth(): Promise<HttpResponse> {
  const deadline = deadlineIn(TIMEOUT_MS);
  const [postgres, broker] = await Promise.all([
    check('Postgres', checkPostgres(), deadline),
    check('Kafka', pingKafka(kafka, votes, deadline), deadline),
  ]);
  const isHealthy = postgres === 'ok' && broker === 'ok';
  const body = { status: isHealthy ? 'ok' : 'unavailable', checks: { postgres, kafka: broker } };
  return json(isHealthy ? 200 : 503, body);
}

export const handler = withRequestIds(middy(getHealth).use(cors()).use(problemDetails()));
