import middy from '@middy/core';
import { kafkaConfig } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { problems } from '../../lib/http/problems.ts';
import { json } from '../../lib/http/respond.ts';
import type { HttpResponse } from '../../lib/http/types.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { pingKafka } from '../../lib/kafka/pingKafka.ts';
import { outages } from '../../lib/outages.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { pingPostgres } from '../../lib/sql/pingPostgres.ts';
import { withDeadline } from '../../lib/withDeadline.ts';

const kafka = kafkaClient(kafkaConfig());

// Who asks (a load balancer, a person) wants an answer while something is down, and soon.
const PATIENCE_MS = 2_000;

async function check(who: string, ping: Promise<void>): Promise<'ok' | 'unavailable'> {
  try {
    await withDeadline(ping, Date.now() + PATIENCE_MS, who);
    return 'ok';
  } catch (error) {
    outages.fault(`Checking ${who}`, error);
    return 'unavailable';
  }
}

/** `GET /health`: whether Postgres and Kafka answer, both asked at once. */
async function getHealth(): Promise<HttpResponse> {
  const [postgres, broker] = await Promise.all([
    check('Postgres', askPostgres(pingPostgres)),
    check('Kafka', pingKafka(kafka)),
  ]);
  const isHealthy = postgres === 'ok' && broker === 'ok';
  const body = { status: isHealthy ? 'ok' : 'unavailable', checks: { postgres, kafka: broker } };
  return json(isHealthy ? 200 : 503, body);
}

export const handler = middy(getHealth).use(cors()).use(problems());
